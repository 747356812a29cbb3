// Brings parts of the page in anew: the server writes them, escaped; nothing is put together here.
// Without this script the page works too, as long as no API key is needed.
"use strict";

const KEY = "hookline-key";
const EVERY = 1000; // milliseconds between two looks for new predictions
const CHARTS = 10000;
const view = document.getElementById("view");
const said = document.getElementById("said");
let timer = 0;
let tag = "";
let chartsAt = 0;
let live = false;
let asking = null; // what a person asked for last; older answers are dropped

function headers() {
  const key = sessionStorage.getItem(KEY);
  return key ? { "X-API-Key": key } : {};
}

function say(words) {
  said.textContent = "";
  said.textContent = words;
}

function part(name, query) {
  const words = new URLSearchParams(query);
  words.set("part", name);
  return location.pathname.split("/").pop() + "?" + words;
}

// An HTML text becomes nodes of an inert document: what is in it does not run.
function nodes(text) {
  const found = new DOMParser().parseFromString("<!doctype html><body>" + text, "text/html");
  return document.adoptNode(found.body).childNodes;
}

function fill(place, text) {
  place.replaceChildren(...nodes(text));
}

async function problem(answer) {
  const content = await answer.json().catch(() => ({}));
  return content.detail || "The service answered " + answer.status + ".";
}

// ---- the whole view ----

async function show(address, { push = true, focus = true } = {}) {
  const mine = (asking = new AbortController());
  view.setAttribute("aria-busy", "true");
  try {
    const url = new URL(address, document.baseURI);
    const words = new URLSearchParams(url.search);
    words.set("part", "view");
    const answer = await fetch(url.pathname + "?" + words, { headers: headers(), signal: mine.signal });
    const html = /html/.test(answer.headers.get("content-type") || "");
    const text = html ? await answer.text() : "";
    if (mine !== asking) return;
    if (!answer.ok && /json/.test(answer.headers.get("content-type") || "")) {
      say(await problem(answer));
      return;
    }
    if (url.pathname !== location.pathname || !text) {
      location.assign(url);
      return;
    }
    fill(view, text);
    view.removeAttribute("data-locked");
    if (push) history.pushState(null, "", url);
    begin();
    const rows = document.querySelectorAll(".row").length;
    say(rows + " predictions shown");
    if (focus) view.focus({ preventScroll: true });
  } catch (error) {
    if (error.name !== "AbortError") say("The service does not answer.");
  } finally {
    view.removeAttribute("aria-busy");
  }
}

// ---- live ----

async function look() {
  window.clearTimeout(timer);
  if (!live) return;
  try {
    if (!document.hidden) await renew();
  } catch {
    tag = "";
  }
  timer = window.setTimeout(look, EVERY);
}

async function renew() {
  const address = part("records", location.search);
  const answer = await fetch(address, { headers: { ...headers(), ...(tag ? { "If-None-Match": tag } : {}) } });
  if (answer.status === 200) {
    const text = await answer.text();
    if (!live) return;
    tag = answer.headers.get("etag") || "";
    replaceRows(text);
    if (Date.now() - chartsAt > CHARTS) await draw();
  }
}

async function draw() {
  const place = document.getElementById("charts");
  if (!place) return;
  chartsAt = Date.now();
  const answer = await fetch(part("charts", location.search), { headers: headers() }).catch(() => null);
  if (answer && answer.ok && place.isConnected) fill(place, await answer.text());
  place.removeAttribute("data-later");
}

function replaceRows(text) {
  const place = document.getElementById("records");
  const old = new Map([...place.querySelectorAll(".row")].map((row) => [row.dataset.id, row]));
  const inRow = document.activeElement && document.activeElement.closest(".row, .opened");
  const focused = inRow && (inRow.dataset.id || inRow.previousElementSibling.dataset.id);
  fill(place, text);
  let fresh = 0;
  for (const row of place.querySelectorAll(".row")) {
    const before = old.get(row.dataset.id);
    if (!before) {
      row.classList.add("fresh");
      fresh += 1;
    } else if (before.getAttribute("aria-expanded") === "true" && before.opened) {
      row.setAttribute("aria-expanded", "true");
      row.opened = before.opened;
      row.after(before.opened);
    }
  }
  if (focused) {
    const row = [...place.querySelectorAll(".row")].find((one) => one.dataset.id === focused);
    if (row) focusRow(row);
  }
  if (fresh) say(fresh + (fresh === 1 ? " new prediction" : " new predictions"));
}

function setLive(on) {
  const button = document.getElementById("live");
  live = Boolean(on && button && !button.disabled);
  if (button) button.setAttribute("aria-pressed", String(live));
  sessionStorage.setItem("hookline-live", live ? "1" : "");
  tag = "";
  chartsAt = Date.now();
  look();
}

// ---- rows ----

function focusRow(row) {
  for (const one of document.querySelectorAll('.row[tabindex="0"]')) one.tabIndex = -1;
  row.tabIndex = 0;
  row.focus();
}

function move(by) {
  const rows = [...document.querySelectorAll(".row")];
  const here = rows.indexOf(document.activeElement);
  const next = rows[here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + by))];
  if (next) {
    focusRow(next);
    next.scrollIntoView({ block: "nearest" });
  }
}

async function toggle(row) {
  if (row.opened) {
    row.opened.remove();
    row.opened = null;
    row.setAttribute("aria-expanded", "false");
    return;
  }
  const line = document.createElement("tr");
  const cell = line.insertCell();
  line.className = "opened";
  cell.colSpan = row.cells.length;
  row.opened = line;
  row.setAttribute("aria-expanded", "true");
  row.after(line);
  const answer = await fetch(part("detail", new URLSearchParams({ prediction_id: row.dataset.id })), { headers: headers() });
  if (answer.ok) fill(cell, await answer.text());
  else cell.textContent = await problem(answer);
}

// ---- what a person does ----

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);
  const row = event.target.closest(".row");
  if (row && plain) {
    event.preventDefault();
    focusRow(row);
    toggle(row);
  } else if (link && "export" in link.dataset && sessionStorage.getItem(KEY)) {
    event.preventDefault();
    download(link);
  } else if (link && "page" in link.dataset && plain) {
    if (new URL(link.href).pathname === location.pathname) {
      event.preventDefault();
      show(link.href);
    }
  } else if (event.target.closest("#live")) {
    setLive(!live);
  } else if (event.target.closest("#forget")) {
    sessionStorage.removeItem(KEY);
    location.reload();
  }
});

// A key travels in a header, which a plain link cannot send.
async function download(link) {
  say("Preparing the export");
  const answer = await fetch(link.href, { headers: headers() });
  if (!answer.ok) {
    say(await problem(answer));
    return;
  }
  const made = document.createElement("a");
  made.href = URL.createObjectURL(await answer.blob());
  made.download = link.download;
  made.click();
  window.setTimeout(() => URL.revokeObjectURL(made.href), 60000);
  say("The export is ready");
}

// Not `target.id`: the form has a field of that name, which hides the property.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("id") === "filter") {
    event.preventDefault();
    const words = [...new FormData(event.target)].filter(([, value]) => value !== "");
    show(event.target.getAttribute("action") + "?" + new URLSearchParams(words), { focus: false });
  } else if (event.target.getAttribute("id") === "key-form") {
    event.preventDefault();
    unlock(document.getElementById("key").value.trim(), true);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("#filter select")) event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea, button, pre, summary")) return;
  const row = event.target.closest(".row");
  const keys = {
    j: () => move(1), ArrowDown: row && (() => move(1)),
    k: () => move(-1), ArrowUp: row && (() => move(-1)),
    Enter: row && event.target === row && (() => toggle(row)),
    " ": row && event.target === row && (() => toggle(row)),
    ArrowRight: row && !row.opened && (() => toggle(row)),
    ArrowLeft: row && row.opened && (() => toggle(row)),
    Escape: row && row.opened && (() => toggle(row)),
    l: () => setLive(!live),
    "/": () => (document.getElementById("f-text") || view).focus(),
  };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

window.addEventListener("popstate", () => show(location.href, { push: false }));

// ---- a key ----

async function unlock(key, asked) {
  const answer = await fetch(part("view", location.search), { headers: { "X-API-Key": key } }).catch(() => null);
  if (answer && answer.status !== 401 && answer.status !== 403) {
    sessionStorage.setItem(KEY, key);
    fill(view, await answer.text());
    view.removeAttribute("data-locked");
    begin();
    return;
  }
  sessionStorage.removeItem(KEY);
  const note = document.getElementById("key-note");
  if (asked && note) note.textContent = answer ? await problem(answer) : "The service does not answer.";
}

function begin() {
  const button = document.getElementById("live");
  if (button) button.hidden = false;
  document.getElementById("forget").hidden = !sessionStorage.getItem(KEY);
  setLive(sessionStorage.getItem("hookline-live") === "1");
  if (document.querySelector("#charts[data-later]")) draw();
}

if ("locked" in view.dataset) {
  // Before this script runs, the form would do nothing good.
  document.querySelector("#key-form button").disabled = false;
  const known = sessionStorage.getItem(KEY);
  if (known) unlock(known, false);
} else {
  begin();
}

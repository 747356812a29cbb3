"""Managed by hookline. Run by `helm test`: ask the installed service what its callers would.

Needs nothing but Python. The request is the example that the service's own documentation gives.
"""

import json
import sys
import time
import urllib.error
import urllib.request

ADDRESS = sys.argv[1]


def ask(path, body=None):
    """Return status and JSON of an answer; try again while the network is being set up."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data, {"Content-Type": "application/json"})
    for _ in range(10):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except OSError as error:
            trouble = error
            time.sleep(1)
    sys.exit(f"{ADDRESS} does not answer: {trouble}; look at the pods, and at the NetworkPolicy")


def main():
    """Stop with a sentence at the first answer that is not as it should be."""
    status, said = ask("/health/ready")
    if status != 200:
        sys.exit(f"the service is not ready: {said.get('detail')}")
    print("ready")
    status, said = ask("/openapi.json")
    if status != 200:
        print("predictions not tried, for service.docs is false and no example is to be had")
        return
    content = said["paths"]["/api/predictions"]["post"]["requestBody"]["content"]["application/json"]
    rows = next(iter(content["examples"].values()))["value"] if "examples" in content else content["example"]
    status, said = ask("/api/predictions", rows)
    if status == 401:
        print("predictions ask for a key, as access.required or its keys say")
    elif status == 200 and len(said) == len(rows):
        print(f"predicted {said}")
    else:
        sys.exit(f"/api/predictions answered {status}: {said}")


main()

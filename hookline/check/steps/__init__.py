"""The steps of the check, in order."""

from __future__ import annotations

from hookline.check.steps import classes, data, files, inputs, model, storage, target
from hookline.check.steps.sample import with_more_rows
from hookline.check.steps.step import NotApplicable, Step

__all__ = ["STEPS", "NotApplicable", "Step"]

_PX = "Preprocessor.process_X"

STEPS = (
    Step("files", "source/", "files are there", files.present),
    Step("contract", "features.yaml", "is read", files.contract, ("files",)),
    Step("loader", "DataLoader", "is imported and made", files.loader, ("files",)),
    Step(
        "preprocessor",
        "Preprocessor",
        "is made; has five methods",
        files.preprocessor,
        ("contract",),
    ),
    Step("trainer", "train_model", "has the right parameters", files.trainer, ("files",)),
    Step("namer", "get_classes", "has the right parameters", files.namer, ("contract",)),
    Step("load_data", "DataLoader.load_data", "gives rows", data.load, ("contract", "loader")),
    Step("conform", "DataLoader.load_data", "keeps features.yaml", data.hold, ("load_data",)),
    Step("split_X_y", "Preprocessor.split_X_y", "splits them", data.split, ("conform", "preprocessor")),
    Step("fit_X", "Preprocessor.fit_X", "learns from them", inputs.fit, ("split_X_y",)),
    Step("process_X", _PX, "turns them into model input", inputs.sample, ("fit_X",)),
    Step("request", _PX, "same for a request as in training", inputs.request, ("process_X",)),
    Step("one_row", _PX, "same for one row alone", inputs.one_row, ("request",)),
    Step("order", _PX, "same in another order", inputs.other_order, ("one_row",)),
    Step("again", _PX, "same a second time", inputs.again, ("process_X",)),
    Step("edges", _PX, "every row features.yaml allows", with_more_rows(inputs.edges), ("one_row",)),
    Step("fit_y", "Preprocessor.fit_y", "learns from the target", target.fit, ("split_X_y",)),
    Step(
        "process_y",
        "Preprocessor.process_y",
        "turns it into numbers or labels",
        target.process,
        ("fit_y",),
    ),
    Step(
        "train_model",
        "train_model",
        "fits a model",
        with_more_rows(model.train),
        ("process_X", "process_y", "trainer"),
    ),
    Step("predict", "train_model", "answers many rows", model.many, ("train_model",)),
    Step("predict_one", "train_model", "answers one row the same", model.one, ("predict", "one_row")),
    Step(
        "predict_edges",
        "train_model",
        "answers every allowed row",
        model.edges,
        ("predict_one", "edges"),
    ),
    Step(
        "get_classes",
        "get_classes",
        "names the model's classes",
        with_more_rows(classes.names),
        ("predict", "namer"),
    ),
    Step(
        "storage",
        "train_model",
        "is stored and loaded unchanged",
        storage.round_trip,
        ("predict_one",),
    ),
)

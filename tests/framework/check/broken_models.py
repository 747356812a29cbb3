"""train_model, get_classes, and what a model file cannot keep."""

from __future__ import annotations

from tests.framework.check.broken import HEAD, PLAIN, Broken
from tests.framework.check.broken_inputs import FEW_ROWS, processes
from tests.framework.helpers import FEATURES

TRAIN = "train_model"
NAMES = "get_classes"
REGRESSION = FEATURES.replace("classification", "regression").replace("label: label", "label: price")
PRICES = (
    "import pandas as pd\n\n\nclass DataLoader:\n    def load_data(self, n_rows=None):\n"
    "        size = [float(n) for n in range(n_rows or 100)]\n"
    "        return pd.DataFrame({'size': size, 'weight': 1.0, 'plan': 'pro', 'price': size})\n"
)


def named(body: str) -> str:
    """Write a get_classes with this body."""
    return f"def get_classes(model):  # <-\n    {body}\n"


def own(old: str, new: str) -> str:
    """Write a model of one's own with one line changed."""
    assert old in PLAIN
    return PLAIN.replace(old, new)


CASES = [
    Broken(
        "the model is not returned",
        step="train_model",
        hook=TRAIN,
        train_model="def train_model(X, y):  # <-\n    LogisticRegression().fit(X, y)\n",
        came="None",
        remedy="end the function with `return model`",
        expected="a fitted model with a method predict",
    ),
    Broken(
        "a starter that trains nothing",
        step="train_model",
        hook=TRAIN,
        train_model="def train_model(X, y):\n    raise NotImplementedError('your model')  # <-\n",
        came="NotImplementedError: your model",
        remedy="write the hook",
    ),
    Broken(
        "the fit fails",
        step="train_model",
        hook=TRAIN,
        train_model="def train_model(X, y):\n    return LogisticRegression(C=-1).fit(X, y)  # <-\n",
        came="InvalidParameterError",
        remedy="mend this line",
    ),
    Broken(
        "a model that was not fitted",
        step="predict",
        hook=TRAIN,
        train_model="def train_model(X, y):  # <-\n    return LogisticRegression()\n",
        came="NotFittedError",
        remedy="fit before use: transformers in fit_X, the model in train_model",
    ),
    Broken(
        "labels that are not among the classes",
        step="predict",
        hook=TRAIN,
        train_model=own('["large"] * len(X)', '["huge"] * len(X)'),
        came="predict returned 'huge', which is not in the model's classes",
        remedy="classes_ and predict agree",
        expected="one of its classes per row",
    ),
    Broken(
        "one answer for many rows",
        step="predict",
        hook=TRAIN,
        train_model=own('["large"] * len(X)', '["large"]'),
        came="a model that answers 100 rows with 1 predictions",
        remedy="one answer per row",
        expected="100 predictions",
    ),
    Broken(
        "probabilities that do not add up",
        step="predict",
        hook=TRAIN,
        train_model=own(
            "    def predict(",
            "    def predict_proba(self, X):\n        return np.full((len(X), 2), 0.7)\n\n    def predict(",
        ),
        came="predict_proba gives [0.7, 0.7] for row 0",
        remedy="proper probabilities, or one without predict_proba",
        expected="add up to 1",
    ),
    Broken(
        "probabilities of another width",
        step="predict",
        hook=TRAIN,
        train_model=own(
            "    def predict(",
            "    def predict_proba(self, X):\n        return np.full((len(X), 4), 0.25)\n\n    def predict(",
        ),
        came="predict_proba returned shape (100, 4)",
        remedy="is needed",
    ),
    Broken(
        "a prediction that is no number",
        step="predict",
        hook=TRAIN,
        features=REGRESSION,
        loader=PRICES,
        train_model=own('np.array(["large"] * len(X))', "np.full(len(X), np.nan)"),
        came="the model answers row 0 with nan",
        remedy="let Preprocessor.process_X fill",
        expected="one finite number",
    ),
    Broken(
        "predictions of two columns",
        step="predict",
        hook=TRAIN,
        features=REGRESSION,
        loader=PRICES,
        train_model=own('np.array(["large"] * len(X))', "np.zeros((len(X), 2))"),
        came="predict returned shape (100, 2)",
        remedy="one number per row is needed",
    ),
    Broken(
        "answers that depend on the batch",
        step="predict_one",
        hook=TRAIN,
        features=REGRESSION,
        loader=PRICES,
        train_model=own('np.array(["large"] * len(X))', "np.full(len(X), X['size'].mean())"),
        came="answers row 0 otherwise alone than among 100 rows",
        remedy="the service answers in batches",
        expected="the same answer",
    ),
    Broken(
        "a null that reaches a model that cannot take it",
        step="predict_edges",
        hook=TRAIN,
        loader=FEW_ROWS,
        preprocessor=processes("return X[['size', 'weight']]"),
        train_model="def train_model(X, y):  # <-\n    return LogisticRegression().fit(X, y)\n",
        came="Input X contains NaN",
        remedy="features.yaml allows this row",
    ),
    Broken(
        "names are None",
        step="get_classes",
        hook=NAMES,
        get_classes=named("return None"),
        came="None",
        remedy="return a list of names",
    ),
    Broken(
        "names are one word",
        step="get_classes",
        hook=NAMES,
        get_classes=named("return 'large'"),
        came="a str",
        remedy="return a list of names",
    ),
    Broken(
        "a name is missing",
        step="get_classes",
        hook=NAMES,
        get_classes=named("return ['large', None]"),
        came="None among the names",
        remedy="strings or whole numbers",
    ),
    Broken(
        "too few names",
        step="get_classes",
        hook=NAMES,
        get_classes=named("return ['large']"),
        came="1: large",
        remedy="name every class that the model knows",
        expected="2 names, one for each of model.classes_",
    ),
    Broken(
        "too few names for the probabilities of a model without classes_",
        step="get_classes",
        hook=NAMES,
        train_model=own('self.classes_ = np.array(["large", "small"])', "pass")
        .replace('np.array(["large"] * len(X))', "np.zeros(len(X), dtype=int)")
        .replace(
            "    def predict(",
            "    def predict_proba(self, X):\n        return np.full((len(X), 2), 0.5)\n\n    def predict(",
        )
        .replace("  # <-", ""),
        get_classes=named("return ['large', 'small', 'other']"),
        came="3: large, small, other",
        remedy="in the order of predict_proba",
        expected="2 names, one for each column of predict_proba",
    ),
    Broken(
        "too few names for the answers of a model without classes_",
        step="get_classes",
        hook=NAMES,
        train_model=own('self.classes_ = np.array(["large", "small"])', "pass")
        .replace('np.array(["large"] * len(X))', "np.full(len(X), 2)")
        .replace("  # <-", ""),
        get_classes=named("return ['large', 'small']"),
        came="2: large, small",
        remedy="name every class",
        expected="3 names or more: predict gives 2",
    ),
    Broken(
        "a name twice",
        step="get_classes",
        hook=NAMES,
        get_classes=named("return ['large', 'large']"),
        came="'large' twice",
        remedy="a name of its own",
        expected="unique class names",
    ),
    Broken(
        "names in another order",
        step="get_classes",
        hook=NAMES,
        get_classes=named("return ['small', 'large']"),
        came="small, large",
        remedy="every answer gets a wrong name",
        expected="the order of model.classes_: large, small",
    ),
    Broken(
        "get_classes fails",
        step="get_classes",
        hook=NAMES,
        get_classes="def get_classes(model):\n    return model.names  # <-\n",
        came="has no attribute 'names'",
        remedy="mend this line",
    ),
    Broken(
        "a lambda in the preprocessor",
        step="storage",
        hook="Preprocessor",
        preprocessor=processes("return self.pick(X)", fit="self.pick = lambda X: X[['size']]").replace(
            "(Base):\n", "(Base):  # <-\n", 1
        ),
        came="self.pick, a function: ",
        remedy="keep only plain data, numpy arrays and scikit-learn objects",
        expected="what a model file can hold",
    ),
    Broken(
        "a Series in the preprocessor",
        step="storage",
        hook="Preprocessor",
        preprocessor=processes(
            "return X[['size']] - self.mean", fit="self.mean = X[['size']].mean()"
        ).replace("(Base):\n", "(Base):  # <-\n", 1),
        came="self.mean, a Series: skops cannot store",
        remedy="keep only plain data, numpy arrays and scikit-learn objects",
        expected="what a model file can hold",
    ),
    Broken(
        "a lambda in the model",
        step="storage",
        hook=TRAIN,
        train_model=own("        return self\n", "        self.after = lambda x: x\n        return self\n"),
        came="model.after, a function: ",
        remedy="keep only plain data",
    ),
    Broken(
        "a model that is a local class",
        step="storage",
        hook=TRAIN,
        preprocessor=processes("return X[['size']]"),
        train_model="""
def train_model(X_processed, y_processed):  # <-
    class Model:
        def predict(self, X):
            return [0] * len(X)

    return Model()
""",
        get_classes="def get_classes(model):\n    return ['small', 'large']\n",
        came="Model",
        remedy="keep only plain data",
    ),
    Broken(
        "what the model learns is in a global variable",
        step="storage",
        hook=TRAIN,
        head=HEAD + "\nLEARNED = ['large']\n",
        train_model=own(
            "        return self\n", "        LEARNED[0] = 'small'\n        return self\n"
        ).replace('["large"] * len(X)', "LEARNED * len(X)"),
        came="other predictions, after the model was stored and loaded",
        remedy="a global variable is not stored with the model",
        expected="the same predictions",
    ),
    Broken(
        "what fit_X learns is in a global variable",
        step="storage",
        hook="Preprocessor.process_X",
        head=HEAD + "\nLEARNED = {}\n",
        preprocessor=processes(
            "return X[['size']] - LEARNED['mean']  # <-", fit="LEARNED['mean'] = X['size'].mean()"
        ),
        came="KeyError: 'mean', after the model was stored and loaded",
        remedy="keep all that fit_X learns in self",
    ),
    Broken(
        "what fit_X learns is in a global variable with a default",
        step="storage",
        hook="Preprocessor.process_X",
        head=HEAD + "\nLEARNED = {'mean': 0.0}\n",
        preprocessor=processes(
            "return X[['size']] - LEARNED['mean']", fit="LEARNED['mean'] = X['size'].mean()", mark=True
        ),
        came="after the model was stored and loaded",
        remedy="keep all that fit_X learns in self",
    ),
]

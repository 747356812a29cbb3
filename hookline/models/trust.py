"""Which types and functions a model file may name. The list is ours and the project's, never the file's."""

from __future__ import annotations

import inspect
import sys
from typing import Literal, TypeAlias

from hookline.errors import UnsafeModelError
from hookline.hooks.source import import_source
from hookline.hooks.surface import TRAIN
from hookline.models.policy import LoadPolicy

__all__ = ["CONTAINERS", "FACTORIES", "KEYS", "LOSSES", "SCALARS", "Role", "Trust"]

Role: TypeAlias = Literal["object", "constructor", "function", "type"]
"""What a file does with a name.

object       an instance is made without calling anything but `__setstate__`
constructor  called with what the file gives, so only types whose constructors do nothing but hold it
function     kept as it is, called later with data
type         kept as it is; scikit-learn keeps dtypes
"""

_WORDS = ("str", "int", "float", "bool", "bytes", "complex", "list", "tuple", "set", "dict", "object")
SCALARS = frozenset(
    f"numpy.{name}"
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "longlong"),
        *("ulonglong", "float16", "float32", "float64", "longdouble", "complex64", "complex128"),
        *("clongdouble", "datetime64", "timedelta64", "str_", "bytes_", "object_"),
    )
)
KEYS = frozenset(("builtins.str", "builtins.int", "builtins.float", "builtins.bool")) | SCALARS
"""Types of a dictionary's keys; loading calls them."""
FACTORIES = frozenset(f"builtins.{name}" for name in _WORDS)
"""What a defaultdict may call for a missing key."""
CONTAINERS = {
    "DictNode": frozenset(
        ("builtins.dict", "collections.OrderedDict", "collections.Counter", "sklearn.utils._bunch.Bunch")
    ),
    "DefaultDictNode": frozenset(("collections.defaultdict",)),
    "ListNode": frozenset(("builtins.list",)),
    "SetNode": frozenset(("builtins.set",)),
    "TupleNode": frozenset(("builtins.tuple",)),
    "BytesNode": frozenset(("builtins.bytes",)),
    "BytearrayNode": frozenset(("builtins.bytearray",)),
    "SliceNode": frozenset(("builtins.slice",)),
}
LOSSES = frozenset(
    (
        *(
            f"sklearn._loss._loss.Cy{name}"
            for name in (
                *("AbsoluteError", "ExponentialLoss", "HalfBinomialLoss", "HalfGammaLoss"),
                *("HalfMultinomialLoss", "HalfPoissonLoss", "HalfSquaredError", "HalfTweedieLoss"),
                *("HalfTweedieLossIdentity", "HuberLoss", "PinballLoss"),
            )
        ),
        *(
            f"sklearn.linear_model._sgd_fast.{name}"
            for name in (
                *("EpsilonInsensitive", "Hinge", "ModifiedHuber", "SquaredEpsilonInsensitive"),
                "SquaredHinge",
            )
        ),
    )
)
_CONSTRUCTORS = frozenset(
    (
        *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")),
        *("builtins.frozenset", "decimal.Decimal", "fractions.Fraction", "zoneinfo.ZoneInfo"),
    )
)
_METRICS = (
    *("Euclidean", "SEuclidean", "Manhattan", "Chebyshev", "Minkowski", "Mahalanobis", "Hamming"),
    *("Canberra", "BrayCurtis", "Jaccard", "Matching", "Dice", "Kulsinski", "RogersTanimoto"),
    *("RussellRao", "SokalMichener", "SokalSneath", "Haversine"),
)
_PARTS: dict[str, tuple[str, ...]] = {
    "scipy.interpolate._bsplines": ("BSpline",),
    "sklearn._loss.loss": ("HalfTweedieLoss", "HalfTweedieLossIdentity"),
    "sklearn.calibration": ("_CalibratedClassifier", "_SigmoidCalibration", "_TemperatureScaling"),
    "sklearn.cluster._bisect_k_means": ("_BisectingTree",),
    "sklearn.compose._column_transformer": ("make_column_selector",),
    "sklearn.ensemble._hist_gradient_boosting.predictor": ("TreePredictor",),
    "sklearn.gaussian_process._gpc": ("_BinaryGaussianProcessClassifierLaplace",),
    "sklearn.gaussian_process.kernels": (
        *("CompoundKernel", "ConstantKernel", "DotProduct", "ExpSineSquared", "Exponentiation", "Matern"),
        *("PairwiseKernel", "Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel"),
    ),
    "sklearn.linear_model._ridge": ("_IdentityClassifier", "_IdentityRegressor", "_RidgeGCV"),
    "sklearn.metrics._dist_metrics": tuple(f"{m}Distance{bits}" for m in _METRICS for bits in (32, 64)),
    "sklearn.metrics._scorer": ("_CurveScorer", "_PassthroughScorer", "_Scorer"),
    "sklearn.model_selection._search_successive_halving": ("HalvingGridSearchCV", "HalvingRandomSearchCV"),
    "sklearn.model_selection._split": (
        *("GroupKFold", "GroupShuffleSplit", "KFold", "LeaveOneGroupOut", "LeaveOneOut", "LeavePGroupsOut"),
        *("LeavePOut", "PredefinedSplit", "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit"),
        *("StratifiedGroupKFold", "StratifiedKFold", "StratifiedShuffleSplit", "TimeSeriesSplit"),
    ),
    "sklearn.multiclass": ("_ConstantPredictor",),
    "sklearn.neighbors._ball_tree": ("BallTree", "BallTree32", "BallTree64"),
    "sklearn.neighbors._kd_tree": ("KDTree", "KDTree32", "KDTree64"),
    "sklearn.neural_network._stochastic_optimizers": ("AdamOptimizer", "SGDOptimizer"),
    "sklearn.utils._metadata_requests": ("MetadataRequest", "MethodMetadataRequest"),
}
_FUNCTIONS = frozenset(
    (
        *("numpy.amax", "numpy.amin", "numpy.max", "numpy.mean", "numpy.median", "numpy.min", "numpy.sum"),
        *("numpy.nan_to_num", "numpy.std", "numpy.var"),
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
        "sklearn.cluster._kmeans._kmeans_single_lloyd",
        *(
            f"sklearn.feature_selection._univariate_selection.{name}"
            for name in ("chi2", "f_classif", "f_oneway", "f_regression", "r_regression")
        ),
        "sklearn.feature_selection._mutual_info.mutual_info_classif",
        "sklearn.feature_selection._mutual_info.mutual_info_regression",
        *(
            f"sklearn.metrics._classification.{name}"
            for name in ("accuracy_score", "balanced_accuracy_score", "f1_score", "log_loss")
        ),
    )
)
"""Besides element-wise functions: they compute, and take nothing to call, open or import."""


class Trust:
    """Know the names that are trusted, and for what."""

    def __init__(self, policy: LoadPolicy) -> None:
        from skops.io import _trusted_types as known  # noqa: PLC0415 - imports all of scikit-learn

        self._policy = policy
        self.named = frozenset(policy.trusted)
        parts = {f"{module}.{name}" for module, names in _PARTS.items() for name in names}
        objects = {*known.SKLEARN_ESTIMATOR_TYPE_NAMES, *known.SKLEARN_INTERNAL_TYPE_NAMES, *parts}
        functions = {*known.NUMPY_UFUNC_TYPE_NAMES, *known.SCIPY_UFUNC_TYPE_NAMES, *_FUNCTIONS}
        self._names: dict[Role, frozenset[str]] = {
            "object": frozenset(objects),
            "constructor": _CONSTRUCTORS,
            "function": frozenset(functions),
            "type": FACTORIES | SCALARS,
        }

    def allows(self, role: Role, module: str, name: str) -> bool:
        """Tell whether a file may use a name in that role."""
        full = f"{module}.{name}"
        if full in self._names[role] or full in self.named:
            return True
        return role in ("object", "function") and self._is_ours(role, module, name)

    def _is_ours(self, role: Role, module: str, name: str) -> bool:
        """Tell whether the project's own code, imported because of its hooks, defines the name."""
        if not module.startswith("source."):
            return False
        if self._policy.root is None:
            raise UnsafeModelError(
                f"the model holds {module}.{name} of a project's own code; load it from that project's folder"
            )
        import_source(self._policy.root, TRAIN)
        # Only what is imported already: a file must not choose which module's code runs.
        found = vars(sys.modules[module]).get(name) if module in sys.modules else None
        fits = inspect.isclass(found) if role == "object" else inspect.isfunction(found)
        # What source/ merely imported (`from os import system`) is not its own.
        return fits and getattr(found, "__module__", None) == module

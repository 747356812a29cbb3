"""The models whose compiling is tested and documented, and what is expected of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Maker = Callable[[], Any]

CLASSIFIERS: dict[str, Maker] = {
    "AdaBoostClassifier": lambda: AdaBoostClassifier(n_estimators=10, random_state=0),
    "BaggingClassifier": lambda: BaggingClassifier(n_estimators=5, max_features=0.8, random_state=0),
    "BaggingClassifier of LogisticRegression": lambda: BaggingClassifier(
        LogisticRegression(max_iter=1000), n_estimators=3, random_state=0
    ),
    "BernoulliNB": BernoulliNB,
    "CalibratedClassifierCV, isotonic": lambda: CalibratedClassifierCV(
        RandomForestClassifier(5, random_state=0), method="isotonic", cv=2
    ),
    "CalibratedClassifierCV, sigmoid": lambda: CalibratedClassifierCV(LinearSVC(random_state=0), cv=2),
    "DecisionTreeClassifier": lambda: DecisionTreeClassifier(max_depth=5, random_state=0),
    "DummyClassifier": DummyClassifier,
    "ExtraTreesClassifier": lambda: ExtraTreesClassifier(10, random_state=0),
    "GaussianNB": GaussianNB,
    "GaussianProcessClassifier": lambda: GaussianProcessClassifier(random_state=0, max_iter_predict=5),
    "GradientBoostingClassifier": lambda: GradientBoostingClassifier(n_estimators=5, random_state=0),
    "GridSearchCV of LogisticRegression": lambda: GridSearchCV(
        LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, cv=2
    ),
    "HistGradientBoostingClassifier": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "KNeighborsClassifier": KNeighborsClassifier,
    "LinearDiscriminantAnalysis": LinearDiscriminantAnalysis,
    "LinearSVC": lambda: LinearSVC(random_state=0),
    "LogisticRegression": lambda: LogisticRegression(max_iter=1000),
    "MLPClassifier": lambda: MLPClassifier((8,), max_iter=50, random_state=0),
    "Pipeline of PolynomialFeatures, LogisticRegression": lambda: make_pipeline(
        PolynomialFeatures(2), StandardScaler(), LogisticRegression(max_iter=1000)
    ),
    "QuadraticDiscriminantAnalysis": lambda: QuadraticDiscriminantAnalysis(reg_param=0.1),
    "RandomForestClassifier": lambda: RandomForestClassifier(20, max_depth=6, random_state=0),
    "RidgeClassifier": RidgeClassifier,
    "SGDClassifier": lambda: SGDClassifier(loss="log_loss", random_state=0),
    "StackingClassifier": lambda: StackingClassifier(
        [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))], cv=2
    ),
    "SVC": SVC,
    "SVC, polynomial": lambda: SVC(kernel="poly"),
    "VotingClassifier, hard": lambda: VotingClassifier(
        [("nb", GaussianNB()), ("ridge", RidgeClassifier()), ("tree", DecisionTreeClassifier(max_depth=3))]
    ),
    "VotingClassifier, soft": lambda: VotingClassifier(
        [("nb", GaussianNB()), ("forest", RandomForestClassifier(5, random_state=0))],
        voting="soft",
        weights=[1, 2],
    ),
}

REGRESSORS: dict[str, Maker] = {
    "AdaBoostRegressor": lambda: AdaBoostRegressor(n_estimators=10, random_state=0),
    "BaggingRegressor": lambda: BaggingRegressor(n_estimators=5, max_features=0.8, random_state=0),
    "BayesianRidge": BayesianRidge,
    "DecisionTreeRegressor": lambda: DecisionTreeRegressor(max_depth=5, random_state=0),
    "DummyRegressor": DummyRegressor,
    "ElasticNet": ElasticNet,
    "ExtraTreesRegressor": lambda: ExtraTreesRegressor(10, random_state=0),
    "GaussianProcessRegressor": lambda: GaussianProcessRegressor(alpha=1.0),
    "GradientBoostingRegressor": lambda: GradientBoostingRegressor(n_estimators=5, random_state=0),
    "HistGradientBoostingRegressor": lambda: HistGradientBoostingRegressor(max_iter=5, random_state=0),
    "HuberRegressor": lambda: HuberRegressor(max_iter=1000),
    "KNeighborsRegressor": KNeighborsRegressor,
    "Lasso": Lasso,
    "LinearRegression": LinearRegression,
    "LinearSVR": lambda: LinearSVR(random_state=0, C=10, max_iter=10_000),
    "MLPRegressor": lambda: MLPRegressor(hidden_layer_sizes=(8,), max_iter=50, random_state=0),
    "PoissonRegressor": PoissonRegressor,
    "RandomForestRegressor": lambda: RandomForestRegressor(20, random_state=0),
    "Ridge": Ridge,
    "SGDRegressor": lambda: SGDRegressor(random_state=0),
    "StackingRegressor": lambda: StackingRegressor(
        [("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=3, random_state=0))], cv=2
    ),
    "SVR": lambda: SVR(C=100),
    "VotingRegressor": lambda: VotingRegressor(
        [("ridge", Ridge()), ("forest", RandomForestRegressor(5, random_state=0))], weights=[1, 2]
    ),
}

RARE = {
    "BaggingClassifier of LogisticRegression",
    "BayesianRidge",
    "BernoulliNB",
    "CalibratedClassifierCV, isotonic",
    "DecisionTreeRegressor",
    "DummyClassifier",
    "DummyRegressor",
    "ElasticNet",
    "ExtraTreesRegressor",
    "GaussianProcessClassifier",
    "GaussianProcessRegressor",
    "GridSearchCV of LogisticRegression",
    "HuberRegressor",
    "KNeighborsRegressor",
    "Lasso",
    "LinearDiscriminantAnalysis",
    "LinearSVR",
    "Pipeline of PolynomialFeatures, LogisticRegression",
    "PoissonRegressor",
    "QuadraticDiscriminantAnalysis",
    "RidgeClassifier",
    "SGDRegressor",
    "StackingRegressor",
    "SVC, polynomial",
}
"""What is tried on one kind of data, and on all in the long run."""

NATIVE = {
    "GaussianProcessClassifier": "GaussianProcessClassifier has no converter",
    "KNeighborsClassifier": "differ",
    "KNeighborsRegressor": "differ",
}
"""What stays native, and a word of the reason."""

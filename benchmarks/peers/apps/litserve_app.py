"""The model under LitServe, with the batching it recommends left to the default: none."""

import sys

import joblib
import litserve
import pandas as pd


class Iris(litserve.LitAPI):
    def setup(self, device):  # noqa: ARG002 - LitServe's word
        self.model = joblib.load("model.joblib")

    def decode_request(self, request):
        return pd.DataFrame(request)

    def predict(self, x):
        return self.model.predict(x)

    def encode_response(self, output):
        return {"classes": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Iris(), accelerator="cpu")
    server.run(port=int(sys.argv[1]), host="127.0.0.1", log_level="warning", generate_client_file=False)

// Starts Swagger UI. Addresses are relative, so that the page works behind any prefix.
window.addEventListener("load", function () {
  const first = ["operations", "predictions", "predictions"];
  const ui = SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    presets: [SwaggerUIBundle.presets.apis],
    tryItOutEnabled: true,
    validatorUrl: null, // the validator is a service on the internet
    onComplete: function () {
      if (!window.location.hash) {
        ui.getSystem().layoutActions.show(first, true);
      }
    },
  });
});

{{/* What the schema cannot say: settings that do not go together. Each sentence says which, and what to do. */}}
{{- define "hookline.refusals" -}}
{{- $deployment := .Values.deployment -}}
{{- if and (include "hookline.several" .) .Values.prediction_log.enabled (not (include "hookline.sinks" . | trim)) (not $deployment.embedded_log_per_pod) -}}
{{- $wish := printf "deployment.replicas is %d" (int $deployment.replicas) -}}
{{- if $deployment.autoscaling }}{{ $wish = printf "deployment.autoscaling is true, up to %d pods" (int $deployment.max_replicas) }}{{ end -}}
{{- fail (printf "%s, and predictions are kept in the pods alone, so each pod would show only its own; switch on prediction_log.enable_fluentd_logging or enable_mongodb_logging, keep one pod, or set deployment.embedded_log_per_pod to true if that is what you want" $wish) -}}
{{- end -}}
{{- if and $deployment.service_node_port (eq $deployment.service_type "ClusterIP") -}}
{{- fail (printf "deployment.service_node_port is %d, which service_type ClusterIP cannot have; set deployment.service_type to NodePort, or the port to 0" (int $deployment.service_node_port)) -}}
{{- end -}}
{{- if and $deployment.autoscaling (lt (int $deployment.max_replicas) (int $deployment.min_replicas)) -}}
{{- fail (printf "deployment.autoscaling is true and leaves no number of pods: deployment.min_replicas is %d and deployment.max_replicas is %d; set them so that fewest is not more than most" (int $deployment.min_replicas) (int $deployment.max_replicas)) -}}
{{- end -}}
{{- if and $deployment.secret_keys (not $deployment.secret_name) -}}
{{- fail "deployment.secret_keys names keys of no secret; set deployment.secret_name to the one that has them" -}}
{{- end -}}
{{- if and $deployment.ingress_tls_secret (not $deployment.ingress_host) -}}
{{- fail "deployment.ingress_tls_secret is set without a host; set deployment.ingress_host to the one it is for" -}}
{{- end -}}
{{- if and $deployment.service_monitor .Values.access.protect_metrics (not $deployment.secret_name) -}}
{{- fail "access.protect_metrics and deployment.service_monitor are true, so Prometheus needs a key; put one with the scope admin under metrics_key into a Kubernetes secret, and name that in deployment.secret_name" -}}
{{- end -}}
{{- end }}

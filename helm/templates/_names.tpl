{{/* Names, labels, and what follows from several settings at once. */}}

{{/* Selectors cannot be changed later, so they hold what never changes: name and instance. */}}
{{- define "hookline.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The pod of `helm test` has a name of its own, so that no request of the service ends there. */}}
{{- define "hookline.testSelector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "hookline.commonLabels" -}}
app.kubernetes.io/version: {{ .Values.images.production_image_tag | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "hookline.labels" -}}
{{ include "hookline.selector" . }}
{{ include "hookline.commonLabels" . }}
{{- end }}

{{- define "hookline.image" -}}
{{- with .Values.images -}}
{{- with .registry }}{{ . }}/{{ end }}{{ .repository }}/{{ .production_image_name }}:{{ .production_image_tag }}
{{- end -}}
{{- end }}

{{/* Not empty if predictions leave the pod: then pods are alike, and may come and go. */}}
{{- define "hookline.sinks" -}}
{{- with .Values.prediction_log -}}
{{- if and .enabled .enable_fluentd_logging }}fluentd {{ end }}{{ if and .enabled .enable_mongodb_logging }}mongodb{{ end }}
{{- end -}}
{{- end }}

{{- define "hookline.workload" -}}
{{- if ne .Values.deployment.workload "auto" -}}
{{ .Values.deployment.workload }}
{{- else if or (include "hookline.sinks" . | trim) (not .Values.prediction_log.enabled) -}}
Deployment
{{- else -}}
StatefulSet
{{- end -}}
{{- end }}

{{/* Not empty if there are, or may be, several pods. */}}
{{- define "hookline.several" -}}
{{- with .Values.deployment -}}
{{- if or (and .autoscaling (gt (int .max_replicas) 1)) (and (not .autoscaling) (gt (int .replicas) 1)) }}several{{ end }}
{{- end -}}
{{- end }}

{{/* Everything that happens between the wish to stop a pod and its end, and a margin for the steps between. */}}
{{- define "hookline.gracePeriod" -}}
{{- $service := .Values.service -}}
{{- $log := ternary .Values.prediction_log.drain_seconds 0 .Values.prediction_log.enabled -}}
{{- addf .Values.deployment.pre_stop_seconds $service.drain_delay $service.drain_seconds $log 10 | ceil | int64 -}}
{{- end }}

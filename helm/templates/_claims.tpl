{{/* One volume for each pod of a StatefulSet: a journal has one service, so pods share none. */}}
{{- define "hookline.claims" -}}
{{- if and .Values.deployment.persistence .Values.prediction_log.enabled (eq (include "hookline.workload" .) "StatefulSet") -}}
- metadata:
    name: state
    labels:
      {{- include "hookline.selector" . | nindent 6 }}
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .Values.deployment.storage_class }}
    storageClassName: {{ . | quote }}
    {{- end }}
    resources:
      requests:
        storage: {{ .Values.deployment.storage_size | quote }}
{{- end -}}
{{- end }}

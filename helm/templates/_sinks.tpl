{{/* Ports outside of the pod that the settings make it call. A socket in the pod has none. */}}
{{- define "hookline.sinkPorts" -}}
{{- $log := .Values.prediction_log -}}
{{- $ports := list -}}
{{- if and $log.enabled $log.enable_fluentd_logging (not (hasPrefix "unix://" $log.fluentd_url)) -}}
{{- $ports = append $ports (int $log.fluentd_port) -}}
{{- end -}}
{{- if and $log.enabled $log.enable_mongodb_logging -}}
{{- range regexReplaceAll "^[a-z+]+://([^@/]*@)?|/.*$" $log.mongo_db_url "" | splitList "," -}}
{{- $own := regexFind "^([^:]*|\\[.*\\]):[0-9]+$" . | regexFind "[0-9]+$" -}}
{{- $ports = append $ports (int ($own | default $log.mongo_db_port)) -}}
{{- end -}}
{{- end -}}
{{- if .Values.tracing.enabled -}}
{{- $host := (urlParse .Values.tracing.endpoint).host -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- $ports = append $ports (int ($port | default (ternary 443 80 (hasPrefix "https://" .Values.tracing.endpoint)))) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end }}

{{/* The pod, for both kinds of workload. It fits the restricted profile of the Pod Security Standards. */}}

{{/* Variables for the keys of the secret: of the secret itself those end in _FILE, of a file they name it. */}}
{{- define "hookline.secretVariables" -}}
hash_key: HOOKLINE_PREDICTION_LOG__HASH_KEY_FILE
fluentd_shared_key: HOOKLINE_PREDICTION_LOG__FLUENTD_SHARED_KEY_FILE
mongo_db_password: HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD_FILE
keys_file: HOOKLINE_ACCESS__KEYS_FILE
fluentd_ca_file: HOOKLINE_PREDICTION_LOG__FLUENTD_CA_FILE
public_key_file: HOOKLINE_MODELS__PUBLIC_KEY_FILE
{{- end }}

{{- define "hookline.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "hookline.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "hookline.podTemplate" -}}
{{- $deployment := .Values.deployment -}}
{{- $variables := include "hookline.secretVariables" . | fromYaml -}}
metadata:
  labels:
    {{- include "hookline.labels" . | nindent 4 }}
  annotations:
    # A changed setting makes new pods; the replicas and the like do not.
    checksum/config: {{ include "hookline.config" . | sha256sum }}
    {{- with .Values.release }}
    # Written by `hookline deploy`: what is in the image, for whoever looks at a pod.
    hookline/model: {{ .model_version | default "unknown" | quote }}
    hookline/model-id: {{ .model_id | default "unknown" | quote }}
    hookline/contract: {{ .contract_fingerprint | default "unknown" | quote }}
    {{- end }}
spec:
  serviceAccountName: {{ .Release.Name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "hookline.gracePeriod" . }}
  {{- with $deployment.image_pull_secrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- include "hookline.podSecurity" . | nindent 4 }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels:
                {{- include "hookline.selector" . | nindent 16 }}
  containers:
    - name: service
      image: {{ include "hookline.image" . | quote }}
      imagePullPolicy: {{ $deployment.image_pull_policy }}
      securityContext:
        {{- include "hookline.containerSecurity" . | nindent 8 }}
      # What config.yaml says about address and folders is for other machines; in a pod these hold.
      env:
        - name: HOOKLINE_SERVICE__HOST
          value: "0.0.0.0"
        - name: HOOKLINE_SERVICE__PORT
          value: "5000"
        - name: HOOKLINE_PREDICTION_LOG__DIRECTORY
          value: /var/lib/hookline
        - name: TMPDIR
          value: /tmp
        {{- range $deployment.secret_keys }}
        - name: {{ get $variables . }}
          value: /run/secrets/hookline/{{ . }}
        {{- end }}
      ports:
        - name: http
          containerPort: 5000
      resources:
        requests:
          cpu: {{ $deployment.cpu_request | quote }}
          memory: {{ $deployment.memory_request | quote }}
        {{- if or $deployment.cpu_limit $deployment.memory_limit }}
        limits:
          {{- with $deployment.cpu_limit }}
          cpu: {{ . | quote }}
          {{- end }}
          {{- with $deployment.memory_limit }}
          memory: {{ . | quote }}
          {{- end }}
        {{- end }}
      startupProbe:
        httpGet: {path: /health/startup, port: http}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: {{ divf $deployment.startup_seconds 2 | ceil | int64 }}
      livenessProbe:
        httpGet: {path: /health/live, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: /health/ready, port: http}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      {{- if $deployment.pre_stop_seconds }}
      # Until every node knows that this pod is leaving, requests go on coming; they are answered as ever.
      lifecycle:
        preStop:
          exec:
            command: [sleep, {{ $deployment.pre_stop_seconds | int | quote }}]
      {{- end }}
      volumeMounts:
        - name: config
          mountPath: /app/config.yaml
          subPath: config.yaml
          readOnly: true
        - name: state
          mountPath: /var/lib/hookline
        - name: tmp
          mountPath: /tmp
        {{- if $deployment.secret_keys }}
        - name: secrets
          mountPath: /run/secrets/hookline
          readOnly: true
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ .Release.Name }}
    - name: tmp
      emptyDir: {}
    {{- if not (include "hookline.claims" .) }}
    - name: state
      emptyDir: {}
    {{- end }}
    {{- if $deployment.secret_keys }}
    - name: secrets
      secret:
        secretName: {{ $deployment.secret_name | quote }}
        defaultMode: 0440
        items:
          {{- range $deployment.secret_keys }}
          - {key: {{ . }}, path: {{ . }}}
          {{- end }}
    {{- end }}
{{- end }}

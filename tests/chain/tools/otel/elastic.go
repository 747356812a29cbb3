package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// The ids of the kinds of records. A truth has a prediction_id too, so that comes last.
var ids = []string{"truth_id", "event_id", "prediction_id"}

type settingsOfElastic struct {
	Endpoint string `mapstructure:"endpoint"`
}

// elastic makes the exporter: an index a day, the record's id as the document's, the time in @timestamp. It has
// no queue, so the receiver acknowledges a chunk when Elasticsearch has it.
func elastic() exporter.Factory {
	create := func(ctx context.Context, set exporter.Settings, config component.Config) (exporter.Logs, error) {
		endpoint := config.(*settingsOfElastic).Endpoint
		push := func(ctx context.Context, logs plog.Logs) error { return store(ctx, endpoint, logs) }
		return exporterhelper.NewLogs(ctx, set, config, push)
	}
	defaults := func() component.Config { return &settingsOfElastic{} }
	return exporter.NewFactory(
		component.MustNewType("elastic"), defaults, exporter.WithLogs(create, component.StabilityLevelDevelopment))
}

func store(ctx context.Context, endpoint string, logs plog.Logs) error {
	var body bytes.Buffer
	out := json.NewEncoder(&body)
	out.SetEscapeHTML(false)
	for _, resource := range logs.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				head, document := documentOf(record)
				if err := out.Encode(head); err != nil {
					return err
				}
				if err := out.Encode(document); err != nil {
					return err
				}
			}
		}
	}
	return send(ctx, endpoint+"/_bulk", &body)
}

func documentOf(record plog.LogRecord) (head, document map[string]any) {
	document = record.Attributes().AsRaw()
	tag := document["fluent.tag"]
	delete(document, "fluent.tag")
	// The receiver takes a field of this name for the record's text.
	if record.Body().Type() != pcommon.ValueTypeEmpty {
		document["message"] = record.Body().AsRaw()
	}
	at := record.Timestamp().AsTime()
	document["@timestamp"] = at.Format(time.RFC3339Nano)
	document["tag"] = tag
	index := map[string]any{"_index": "fluentd-" + at.Format("20060102")}
	for _, name := range ids {
		if id, there := document[name].(string); there {
			index["_id"] = id
			break
		}
	}
	return map[string]any{"index": index}, document
}

func send(ctx context.Context, address string, body io.Reader) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var said struct {
		Errors bool            `json:"errors"`
		Items  json.RawMessage `json:"items"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || said.Errors {
		return fmt.Errorf("elasticsearch answered %s: %.2000s", answer.Status, said.Items)
	}
	return nil
}

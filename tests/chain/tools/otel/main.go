// Runs an OpenTelemetry Collector: `otel ADDRESS ELASTICSEARCH` takes the forward protocol on ADDRESS by the
// collector's fluentforward receiver, and stores what comes by the exporter in elastic.go. Says on standard
// error when it is ready, and ends with a signal.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/fluentforwardreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

const settings = `yaml:
receivers:
  fluentforward:
    endpoint: %q
exporters:
  elastic:
    endpoint: %q
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    logs:
      receivers: [fluentforward]
      exporters: [elastic]
`

func factories() (otelcol.Factories, error) {
	receivers, err := otelcol.MakeFactoryMap[receiver.Factory](fluentforwardreceiver.NewFactory())
	if err != nil {
		return otelcol.Factories{}, err
	}
	exporters, err := otelcol.MakeFactoryMap[exporter.Factory](elastic())
	return otelcol.Factories{
		Receivers: receivers,
		Exporters: exporters,
		Telemetry: otelconftelemetry.NewFactory(),
	}, err
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: otel ADDRESS ELASTICSEARCH")
	}
	collector, err := otelcol.NewCollector(otelcol.CollectorSettings{
		Factories: factories,
		BuildInfo: component.BuildInfo{Command: "otel", Description: "fluentforward to Elasticsearch", Version: "0.165.0"},
		ConfigProviderSettings: otelcol.ConfigProviderSettings{
			ResolverSettings: confmap.ResolverSettings{
				URIs:              []string{fmt.Sprintf(settings, os.Args[1], os.Args[2])},
				ProviderFactories: []confmap.ProviderFactory{yamlprovider.NewFactory()},
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := collector.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

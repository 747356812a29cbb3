// Serves the MongoDB wire protocol from FerretDB's SQLite handler: `ferretdb ADDRESS FOLDER [CERTIFICATE KEY]`,
// with a certificate over TLS. Prints one line when it listens, and ends with a signal.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 3 && len(os.Args) != 5 {
		log.Fatal("usage: ferretdb ADDRESS FOLDER [CERTIFICATE KEY]")
	}
	config := &ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: os.Args[1]},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + os.Args[2] + "/",
	}
	if len(os.Args) == 5 {
		config.Listener = ferretdb.ListenerConfig{TLS: os.Args[1], TLSCertFile: os.Args[3], TLSKeyFile: os.Args[4]}
	}
	server, err := ferretdb.New(config)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", server.MongoDBURI())
	stopped, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := server.Run(stopped); err != nil && stopped.Err() == nil {
		log.Fatal(err)
	}
}

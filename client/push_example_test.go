package client_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// Push one record. The name of the push makes it safe to send again.
func ExampleClient_Push() {
	hub, err := client.New("http://127.0.0.1:8080", os.Getenv("CURE_KEY"))
	if err != nil {
		slog.Error("make client", "err", err)
		return
	}
	line := client.RecordLine{Source: "lab/one", Record: cure.Record{
		Observations: []cure.Observation{{
			Observable: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.7"},
			Role:       cure.RoleScanner, First: time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC),
		}},
	}}
	done, err := hub.Push(context.Background(), "2026-11-20-0001", []client.RecordLine{line})
	if err != nil {
		slog.Error("push", "err", err)
		return
	}
	slog.Info("pushed", "accepted", done.Accepted, "refused", done.Refused)
}

package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/opencure/cure/client"
)

// Ask who knows what stands in a report.
func Example() {
	ctx := context.Background()
	hub, err := client.New("http://127.0.0.1:8080", os.Getenv("CURE_KEY"))
	if err != nil {
		slog.Error("make client", "err", err)
		return
	}
	found, err := hub.Extract(ctx, "beacons to 198.51.100[.]7 and hxxp://c2[.]example[.]org/gate")
	if err != nil {
		slog.Error("ask hub", "err", err)
		return
	}
	for _, v := range found.Values {
		fmt.Println(v.Observable, "is known to", v.Sources, "since", v.First)
	}
}

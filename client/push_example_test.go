package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// Push one record. The name of the push makes it safe to send again.
func ExampleClient_Push() {
	server := recordsAPI() // stands for a hub
	defer server.Close()
	hub, err := client.New(server.URL, os.Getenv("CURE_KEY"))
	if err != nil {
		fmt.Println(err)
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
		fmt.Println(err)
		return
	}
	fmt.Println("accepted", done.Accepted, "refused", done.RefusedTotal)
	// Output: accepted 1 refused 0
}

// recordsAPI answers pushes as a hub does, without keeping them.
func recordsAPI() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var done client.Pushed
		for lines := json.NewDecoder(r.Body); lines.More(); {
			var line client.RecordLine
			if err := lines.Decode(&line); err != nil || r.URL.Path != "/api/v1/records" || r.Header.Get("Idempotency-Key") == "" {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			done.Accepted++
		}
		_ = json.NewEncoder(w).Encode(done) // who asked sees what is missing
	}))
}

package api

import (
	"context"
	"fmt"
	"net/http"
	"testing"
)

// Who gives up, or asks too much for the time there is, is no fault of the hub.
func TestGivingUpIsNoFault(t *testing.T) {
	for _, err := range []error{context.Canceled, context.DeadlineExceeded} {
		p := problemOf(t.Context(), fmt.Errorf("search: %w", err))
		if p.Status != http.StatusServiceUnavailable || p.Code != "unavailable" {
			t.Errorf("%v is status %d, code %q", err, p.Status, p.Code)
		}
	}
}

package log

import (
	"time"

	"github.com/opencure/cure"
)

// Sync says how often the embedded server calls fsync. The zero value is
// [SyncAlways].
type Sync time.Duration

// SyncAlways syncs before each acknowledgement. SyncByServer is what a client
// of a cluster knows: the servers' sync_interval decides.
const (
	SyncAlways   Sync = 0
	SyncByServer Sync = -1
)

// String returns "always", "server" or the interval.
func (s Sync) String() string {
	switch s {
	case SyncAlways:
		return "always"
	case SyncByServer:
		return "server"
	}
	return time.Duration(s).String()
}

// MarshalText writes what String returns.
func (s Sync) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "always", "" (the same) or an interval of 100 ms to 10
// minutes.
func (s *Sync) UnmarshalText(b []byte) error {
	switch string(b) {
	case "", "always":
		*s = SyncAlways
		return nil
	}
	d, err := time.ParseDuration(string(b))
	if err != nil || d < 100*time.Millisecond || d > 10*time.Minute {
		return cure.Errorf(cure.Invalid, "sync %.40q, want always or an interval from 100ms to 10m", b)
	}
	*s = Sync(d)
	return nil
}

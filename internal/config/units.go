package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written "8GiB", "512MiB", "48KB" or "0".
type Size int64

// Duration is a span of time, written as Go does ("10m", "1h30m") or with days
// before it ("90d", "1d12h").
type Duration time.Duration

// Sync is the interval between two writes to disk; zero means before each
// acknowledgement and is written "always".
type Sync time.Duration

const day = 24 * time.Hour

func days(n int64) Duration { return Duration(n * int64(day)) }

var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40},
	{"TB", 1e12},
	{"GiB", 1 << 30},
	{"GB", 1e9},
	{"MiB", 1 << 20},
	{"MB", 1e6},
	{"KiB", 1 << 10},
	{"kB", 1e3},
	{"KB", 1e3},
	{"B", 1},
}

// UnmarshalText reads a size; letter case of the unit matters.
func (s *Size) UnmarshalText(b []byte) error {
	text, unit := strings.TrimSpace(string(b)), int64(1)
	for _, u := range sizeUnits {
		if n, ok := strings.CutSuffix(text, u.name); ok {
			text, unit = strings.TrimSpace(n), u.bytes
			break
		}
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || int64(n) > math.MaxInt64/unit {
		return fmt.Errorf("%q is not a size such as 8GiB or 512MiB", b)
	}
	*s = Size(int64(n) * unit)
	return nil
}

// String writes the size in the largest unit that is exact.
func (s Size) String() string {
	if s == 0 {
		return "0"
	}
	for _, u := range sizeUnits {
		if int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// UnmarshalText reads a duration; it is not negative.
func (d *Duration) UnmarshalText(b []byte) error {
	text, n := string(b), int64(0)
	if before, after, ok := strings.Cut(text, "d"); ok {
		v, err := strconv.ParseUint(before, 10, 63)
		if err != nil || v > uint64(math.MaxInt64/int64(day)) {
			return fmt.Errorf("%q is not a duration such as 10m, 12h or 90d", b)
		}
		text, n = after, int64(v)*int64(day)
	}
	rest := time.Duration(0)
	if text != "" && text != "0" || len(b) == 0 {
		var err error
		rest, err = time.ParseDuration(text)
		if err != nil || rest < 0 || int64(rest) > math.MaxInt64-n {
			return fmt.Errorf("%q is not a duration such as 10m, 12h or 90d", b)
		}
	}
	*d = Duration(n + int64(rest))
	return nil
}

// String writes days and the rest, without parts that are zero.
func (d Duration) String() string {
	if d == 0 {
		return "0"
	}
	var text string
	if n := time.Duration(d) / day; n > 0 {
		text = strconv.FormatInt(int64(n), 10) + "d"
	}
	rest := time.Duration(d) % day
	if rest == 0 {
		return text
	}
	part := rest.String()
	if strings.HasSuffix(part, "m0s") {
		part = strings.TrimSuffix(part, "0s")
	}
	if strings.HasSuffix(part, "h0m") {
		part = strings.TrimSuffix(part, "0m")
	}
	return text + part
}

// UnmarshalText reads "always" or an interval of 1s to 2m.
func (s *Sync) UnmarshalText(b []byte) error {
	if string(b) == "always" {
		*s = 0
		return nil
	}
	d, err := time.ParseDuration(string(b))
	if err != nil || d < time.Second || d > 2*time.Minute {
		return fmt.Errorf("%q is neither always nor an interval of 1s to 2m", b)
	}
	*s = Sync(d)
	return nil
}

// String writes "always" or the interval.
func (s Sync) String() string {
	if s == 0 {
		return "always"
	}
	return Duration(s).String()
}

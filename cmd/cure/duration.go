package main

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/opencure/cure"
)

// durations lets every flag that is a time take days too, as searches do: 7d
// beside 90m and 24h.
func durations() kong.Option {
	return kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
			return err
		}
		d, err := parseDuration(text)
		if err == nil {
			target.SetInt(int64(d))
		}
		return err
	}))
}

// parseDuration reads a duration as Go writes it, or a number of days. Errors
// are of kind Invalid.
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		const most = 36_500
		if n, err := strconv.ParseFloat(days, 64); err == nil && n >= -most && n <= most {
			return time.Duration(n * float64(24*time.Hour)), nil
		}
	} else if d, err := time.ParseDuration(s); err == nil {
		return d, nil
	}
	return 0, cure.Errorf(cure.Invalid, "time %.40q: want one as in 90m, 24h or 7d, of a hundred years at most", s)
}

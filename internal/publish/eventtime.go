package publish

import (
	"errors"
	"time"
)

// The reasons for which a time is refused.
var (
	errNoTime  = errors.New("event time is missing or not ISO 8601")
	errOldTime = errors.New("event time before 1990: the clock was not set")
	errNewTime = errors.New("event time more than a day in the future")
)

// earliest is the first event time that is believed. Devices without a clock
// begin in 1970, 1980 or 1900.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// assumed is the zone of a source whose configuration names none. It is UTC;
// that it is another pointer says of a time that its zone was assumed.
var assumed = time.FixedZone("UTC", 0)

// UTCUnless returns the zone of times that are UTC without saying so: the one
// that the configuration gives the source all the same, else UTC, which is not
// assumed then.
func UTCUnless(zone *time.Location) *time.Location {
	if zone == nil || zone == assumed {
		return time.UTC
	}
	return zone
}

// ParseTime reads "2006-01-02T15:04:05" with 'T' or a space, any fraction, and
// a zone ("Z", "+09:00", "+0900"). Without a zone it is a time of local, nil
// for UTC; a run counts the times whose zone it had to assume. No allocation.
func ParseTime(s []byte, local *time.Location) (time.Time, error) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, errNoTime
	}
	year, month, day := digits(s[0:4]), digits(s[5:7]), digits(s[8:10])
	hour, minute, sec := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	if min(year, month, day, hour, minute, sec) < 0 || month < 1 || month > 12 || day < 1 || day > 31 ||
		hour > 23 || minute > 59 || sec > 60 {
		return time.Time{}, errNoTime
	}
	s = s[19:]
	nano := 0
	if len(s) > 1 && s[0] == '.' {
		n, unit := 1, int(time.Second)
		for ; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
			unit /= 10
			nano += int(s[n]-'0') * unit
		}
		s = s[n:]
	}
	in := time.UTC
	if len(s) == 0 && local != nil {
		in = local
	}
	east, err := zone(s)
	t := time.Date(year, time.Month(month), day, hour, minute, sec, nano, in)
	if err != nil || t.Day() != day && sec != 60 { // 30 February
		return time.Time{}, errNoTime
	}
	if in == assumed {
		return t, nil
	}
	return t.UTC().Add(-east), nil
}

// zone reads what stands behind the seconds: how far east of UTC.
func zone(s []byte) (time.Duration, error) {
	if len(s) == 0 || len(s) == 1 && s[0] == 'Z' {
		return 0, nil
	}
	if len(s) == 6 && s[3] == ':' {
		s = []byte{s[0], s[1], s[2], s[4], s[5]}
	}
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return 0, errNoTime
	}
	h, m := digits(s[1:3]), digits(s[3:5])
	if min(h, m) < 0 || h > 14 || m > 59 {
		return 0, errNoTime
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d, nil
}

// digits reads a decimal number, -1 when it is none.
func digits(s []byte) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// checkTime refuses times that cannot be: latest is a day after the clock.
func checkTime(t, latest time.Time) error {
	switch {
	case t.Before(earliest):
		return errOldTime
	case t.After(latest):
		return errNewTime
	}
	return nil
}

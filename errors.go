package cure

import (
	"errors"
	"fmt"
)

// ErrorKind says what sort of failure an error is. Mapped once to an HTTP
// status (internal/api) and once to an exit code (cmd/cure).
type ErrorKind uint8

// The kinds of error. The zero value is Internal: an error nobody classified.
const (
	Internal    ErrorKind = iota // a defect or a broken part
	Invalid                      // the input is wrong; the same input fails again
	NotFound                     // no such thing, or not for this viewer: the two look the same
	Denied                       // the principal may not do this
	Conflict                     // exists already, or was changed meanwhile
	Unavailable                  // not now; try again
)

var errorKindNames = [...]string{"internal", "invalid", "not found", "denied", "conflict", "unavailable"}

// String returns the kind's name.
func (k ErrorKind) String() string {
	if int(k) < len(errorKindNames) {
		return errorKindNames[k]
	}
	return "internal"
}

// Error is an error with a kind. Its text is that of the wrapped error.
type Error struct {
	Kind ErrorKind
	Err  error
}

// Error returns the text.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of a kind; the format is fmt.Errorf's, %w included.
func Errorf(kind ErrorKind, format string, args ...any) error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of the outermost [Error] in err's chain, and
// Internal where there is none.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// plainly says what is wrong with a line of JSON in the words of JSON: who
// sends it knows fields, not types of Go.
func plainly(err error) error {
	var typ *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var when *time.ParseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &typ):
		return fmt.Errorf("field %q cannot be a %s", typ.Field, typ.Value)
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON: byte %d: %s", syntax.Offset, syntax.Error())
	case errors.As(err, &when):
		return errors.New("a time is not written as 2006-01-02T15:04:05Z (RFC 3339)")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not JSON: the line ends inside an object")
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("unknown field %s", field)
	}
	return err
}

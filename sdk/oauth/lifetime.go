package oauth

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// seconds is how long a token holds. Servers write it as a number, or as a text with one.
type seconds time.Duration

// UnmarshalJSON accepts every JSON value. One that is no number of seconds is 0.
func (s *seconds) UnmarshalJSON(raw []byte) error {
	*s = seconds(Lifetime(string(bytes.Trim(raw, `"`))))
	return nil
}

// Lifetime reads how long a token holds: a number of seconds, or a text with one. Everything else
// is 0: the token then holds until the system refuses it.
func Lifetime(value any) time.Duration {
	length, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil || !(length > 0 && length < 1e8) {
		return 0
	}
	return time.Duration(length * float64(time.Second))
}

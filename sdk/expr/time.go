package expr

import (
	"math"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// toTime reads the usual forms of times: RFC 3339, a date, and seconds or milliseconds since 1970.
// Null, and a word such as "never", give null.
func toTime(value ref.Val) ref.Val {
	if value.Type() == types.NullType || types.IsUnknownOrError(value) {
		return value
	}
	switch v := value.Value().(type) {
	case time.Time:
		return moment(v)
	case string:
		text := strings.TrimSpace(v)
		if isNever(text) {
			return types.NullValue
		}
		for _, layout := range []string{
			time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00",
			"2006-01-02T15:04:05Z0700", time.DateOnly,
		} {
			if at, err := time.Parse(layout, strings.TrimSuffix(text, " UTC")); err == nil {
				return moment(at)
			}
		}
	case int64:
		if v > 100_000_000_000 { // seconds reach that in the year 5138
			return moment(time.UnixMilli(v))
		}
		return moment(time.Unix(v, 0))
	case float64:
		if math.Abs(v) < 1e14 {
			return moment(time.UnixMilli(int64(math.Round(v * 1000))))
		}
	}
	return types.NewErr("%v is no time", value.Value())
}

// moment returns a time, or null for the zero times of Go, .NET and Unix.
func moment(at time.Time) ref.Val {
	switch {
	case at.Unix() == 0, at.UTC().Year() <= 1:
		return types.NullValue
	case at.UTC().Year() > 9999:
		return types.NewErr("a time after the year 9999 is not valid")
	}
	return types.Timestamp{Time: at}
}

// isNever reports whether a text says that there is no time.
func isNever(text string) bool {
	switch strings.ToLower(strings.Trim(text, "-–—()<># ")) {
	case "", "never", "n/a", "na", "none", "null", "nil", "unknown", "not set",
		"no_information", "not_supported", "not available", "not applicable":
		return true
	}
	return strings.Trim(text, "0-/ :TZ.") == ""
}

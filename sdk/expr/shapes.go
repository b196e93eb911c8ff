package expr

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// given returns what an optional value holds, null for one without a value.
func given(v ref.Val) ref.Val {
	if optional, ok := v.(*types.Optional); ok {
		if !optional.HasValue() {
			return types.NullValue
		}
		return optional.GetValue()
	}
	return v
}

// rows returns a list; of an object, a list that holds it alone.
func rows(v ref.Val) ref.Val {
	switch v := given(v).(type) {
	case traits.Lister, types.Null:
		return v
	case traits.Mapper:
		return types.NewRefValList(types.DefaultTypeAdapter, []ref.Val{v})
	}
	return types.NewErr("a %s is neither a list nor an object", v.Type().TypeName())
}

// valuesOf returns the values of an object; a list stays a list.
func valuesOf(v ref.Val) ref.Val {
	switch v := given(v).(type) {
	case traits.Lister, types.Null:
		return v
	case traits.Mapper:
		var all []ref.Val
		for keys := v.Iterator(); keys.HasNext() == types.True; {
			all = append(all, v.Get(keys.Next()))
		}
		return types.NewRefValList(types.DefaultTypeAdapter, all)
	}
	return types.NewErr("a %s has no values", v.Type().TypeName())
}

// empty reports whether a value is null, false, 0, or a text, list or object with nothing in it.
func empty(v ref.Val) ref.Val {
	v = given(v)
	if v.Type() == types.NullType {
		return types.True
	}
	if sized, ok := v.(traits.Sizer); ok {
		return types.Bool(sized.Size() == types.IntZero)
	}
	return types.Bool(v.Equal(types.False) == types.True || v.Equal(types.IntZero) == types.True)
}

// fingerprint returns the SHA-256 of a text, or of any other value written as JSON.
func fingerprint(v ref.Val) ref.Val {
	if v.Type() == types.NullType {
		return v
	}
	raw, isText := v.Value().(string)
	if !isText {
		value, err := native(v)
		if err != nil {
			return types.NewErr("%s", err.Error())
		}
		written, err := json.Marshal(value)
		if err != nil {
			return types.NewErr("%s", err.Error())
		}
		raw = string(written)
	}
	sum := sha256.Sum256([]byte(raw))
	return types.String(hex.EncodeToString(sum[:]))
}

// written returns a moment in a form: rfc3339, date, unix, unix_ms, or how 2 January 2006,
// 15:04:05 is written in it.
func written(v, form ref.Val) ref.Val {
	at, ok := toTime(given(v)).(types.Timestamp)
	if !ok {
		return toTime(given(v)) // null or an error
	}
	layout, _ := form.Value().(string)
	switch layout {
	case "", "rfc3339":
		layout = time.RFC3339
	case "date":
		layout = time.DateOnly
	case "unix":
		return types.Int(at.Unix())
	case "unix_ms":
		return types.Int(at.UnixMilli())
	}
	return types.String(at.UTC().Format(layout))
}

// extract returns the first group of a pattern in a text, or null where it does not match.
func extract(v, pattern ref.Val) ref.Val {
	text, isText := given(v).Value().(string)
	form, _ := pattern.Value().(string)
	compiled, err := regexp.Compile(form)
	if err != nil || compiled.NumSubexp() == 0 {
		return types.NewErr("%q is no pattern with a group", form)
	}
	if !isText {
		return types.NullValue
	}
	match := compiled.FindStringSubmatch(text)
	if match == nil {
		return types.NullValue
	}
	return types.String(match[1])
}

// messageKeys are the members in which vendors say what went wrong.
var messageKeys = []string{"message", "messages", "error", "errors", "error_description", "error_message", "failures", "failure",
	"detail", "details", "err", "msg", "reason", "status_message"}

// message returns what an answer says of an error, in whichever of the usual members; "" when it says
// nothing.
func message(v ref.Val) ref.Val {
	value, err := native(given(v))
	if err != nil {
		return types.String("")
	}
	return types.String(strings.Join(messages(value, 0), ", "))
}

func messages(value any, depth int) (all []string) {
	if depth > 5 {
		return nil
	}
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			all = append(all, messages(one, depth+1)...)
		}
	case map[string]any:
		for _, key := range messageKeys {
			all = append(all, messages(v[key], depth+1)...)
		}
	}
	return all
}

// atLeast reports whether a version is an oldest one or newer. Versions are compared number by number; a number that is not there is 0.
func atLeast(version, oldest ref.Val) ref.Val {
	numbers := [2][]int{}
	for i, v := range []ref.Val{version, oldest} {
		text, _ := v.Value().(string)
		for _, part := range digits.FindAllString(text, -1) {
			n, err := strconv.Atoi(part)
			if err != nil {
				return types.NewErr("%s is no version", text)
			}
			numbers[i] = append(numbers[i], n)
		}
		if len(numbers[i]) == 0 {
			return types.NewErr("%v is no version", v.Value())
		}
	}
	for len(numbers[0]) < len(numbers[1]) {
		numbers[0] = append(numbers[0], 0)
	}
	return types.Bool(slices.Compare(numbers[0], numbers[1]) >= 0)
}

var digits = regexp.MustCompile(`[0-9]+`)

package expr

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// functions returns what the language has beside CEL and its extensions. Each takes and
// yields values of any type; what it cannot use is an error.
func functions() []cel.EnvOption {
	two := func(name string, f func(a, b ref.Val) ref.Val) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_any_any", []*cel.Type{cel.DynType, cel.DynType}, cel.DynType, cel.BinaryBinding(f)))
	}
	return []cel.EnvOption{
		one("time", toTime), one("days", days), one("unix", toUnix), one("number", toNumber), one("json", fromJSON),
		one("first", func(v ref.Val) ref.Val { return member(v, false) }),
		one("last", func(v ref.Val) ref.Val { return member(v, true) }),
		one("lower", onText(strings.ToLower)), one("upper", onText(strings.ToUpper)),
		one("base64", onText(func(t string) string { return base64.StdEncoding.EncodeToString([]byte(t)) })),
		one("sha256", fingerprint), one("rows", rows), one("values", valuesOf), one("empty", empty), one("message", message),
		two("written", written), two("extract", extract), two("atLeast", atLeast),
		one("escape", onText(url.QueryEscape)),
		one("host", onText(func(t string) string { return parsed(t).Hostname() })),
		two("parameter", parameter), two("merge", merge),
		cel.Function("find", cel.Overload("find_any", []*cel.Type{cel.DynType, cel.DynType, cel.DynType},
			cel.DynType, cel.FunctionBinding(find))),
	}
}

// one returns a function of one value of any type.
func one(name string, f func(ref.Val) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_any", []*cel.Type{cel.DynType}, cel.DynType, cel.UnaryBinding(f)))
}

// clock returns the functions whose result depends on when they are evaluated.
func clock() []cel.EnvOption {
	return []cel.EnvOption{
		cel.Function("now", cel.Overload("now_none", nil, cel.DynType, cel.FunctionBinding(func(...ref.Val) ref.Val {
			return types.Timestamp{Time: time.Now().UTC()}
		}))),
		one("ago", ago),
	}
}

// days returns a number of days of 24 hours as a length of time.
func days(v ref.Val) ref.Val {
	var n float64
	switch number := v.Value().(type) {
	case int64:
		n = float64(number)
	case float64:
		n = number
	default:
		return types.NewErr("%v is no number of days", v.Value())
	}
	if n < -36_500 || n > 36_500 {
		return types.NewErr("%v days are more than a century", v.Value())
	}
	return types.Duration{Duration: time.Duration(n * 24 * float64(time.Hour))}
}

// onText returns a function of a text. Nothing stays nothing.
func onText(f func(string) string) func(ref.Val) ref.Val {
	return func(v ref.Val) ref.Val {
		if v.Type() == types.NullType {
			return v
		}
		text, ok := v.Value().(string)
		if !ok {
			return types.NewErr("a %s is no text", v.Type().TypeName())
		}
		return types.String(f(text))
	}
}

// ago returns the moment that a length of time, such as "30d" or "12h", lies before now.
func ago(v ref.Val) ref.Val {
	text, _ := v.Value().(string)
	length, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		length = time.Duration(n) * 24 * time.Hour
	}
	if err != nil {
		return types.NewErr(`%v is no length of time such as "30d" or "12h"`, v.Value())
	}
	return types.Timestamp{Time: time.Now().UTC().Add(-length)}
}

// toUnix returns a moment in seconds since 1970.
func toUnix(v ref.Val) ref.Val {
	moment := toTime(v)
	if at, ok := moment.(types.Timestamp); ok {
		return types.Int(at.Unix())
	}
	return moment
}

// toNumber reads a number from a text.
func toNumber(v ref.Val) ref.Val {
	text, ok := v.Value().(string)
	if !ok {
		return v
	}
	text = strings.TrimSpace(text)
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return types.Int(whole)
	}
	fraction, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return types.NewErr("%s is no number", text)
	}
	return types.Double(fraction)
}

// fromJSON reads the JSON in a text.
func fromJSON(v ref.Val) ref.Val {
	text, ok := v.Value().(string)
	if !ok {
		return v
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return types.NewErr("the text is no JSON")
	}
	return types.DefaultTypeAdapter.NativeToValue(value)
}

// member returns the first or the last of a list, or nothing of an empty one.
func member(v ref.Val, last bool) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.NewErr("a %s is no list", v.Type().TypeName())
	}
	size, _ := list.Size().(types.Int)
	switch {
	case size == 0:
		return types.NullValue
	case last:
		return list.Get(size - 1)
	}
	return list.Get(types.Int(0))
}

// find returns the first object of a list whose member has a value, or nothing.
func find(args ...ref.Val) ref.Val {
	list, ok := args[0].(traits.Lister)
	if !ok {
		return types.NewErr("a %s is no list", args[0].Type().TypeName())
	}
	for members := list.Iterator(); members.HasNext() == types.True; {
		object, ok := members.Next().(traits.Mapper)
		if !ok {
			continue
		}
		if value, found := object.Find(args[1]); found && value.Equal(args[2]) == types.True {
			return object
		}
	}
	return types.NullValue
}

// merge returns the members of two objects; those of the second hold.
func merge(a, b ref.Val) ref.Val {
	merged := map[ref.Val]ref.Val{}
	for _, from := range []ref.Val{a, b} {
		object, ok := from.(traits.Mapper)
		if !ok {
			return types.NewErr("a %s is no object", from.Type().TypeName())
		}
		for keys := object.Iterator(); keys.HasNext() == types.True; {
			key := keys.Next()
			merged[key] = object.Get(key)
		}
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, merged)
}

// parameter returns a parameter of an address, or nothing.
func parameter(address, name ref.Val) ref.Val {
	text, _ := address.Value().(string)
	wanted, _ := name.Value().(string)
	if values := parsed(text).Query()[wanted]; len(values) > 0 {
		return types.String(values[0])
	}
	return types.NullValue
}

// parsed returns an address, empty when it is none.
func parsed(text string) *url.URL {
	if u, err := url.Parse(text); err == nil {
		return u
	}
	return &url.URL{}
}

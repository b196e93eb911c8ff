package expr

import (
	"fmt"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// native returns a result in the types of encoding/json, except that integers stay int64.
func native(value ref.Val) (any, error) {
	if optional, ok := value.(*types.Optional); ok {
		if !optional.HasValue() {
			return nil, nil
		}
		value = optional.GetValue()
	}
	switch v := value.(type) {
	case types.Null:
		return nil, nil
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), nil
	case types.Bool, types.Int, types.Uint, types.Double, types.String:
		return value.Value(), nil
	}
	switch v := value.(type) {
	case traits.Mapper:
		return nativeMap(v)
	case traits.Lister:
		return nativeList(v)
	}
	if types.IsUnknownOrError(value) {
		return nil, fmt.Errorf("%v", value)
	}
	return nil, fmt.Errorf("a %s cannot be sent", value.Type().TypeName())
}

func nativeMap(m traits.Mapper) (any, error) {
	object := map[string]any{}
	for keys := m.Iterator(); keys.HasNext() == types.True; {
		key := keys.Next()
		member, err := native(m.Get(key))
		if err != nil {
			return nil, err
		}
		object[fmt.Sprint(key.Value())] = member
	}
	return object, nil
}

func nativeList(l traits.Lister) (any, error) {
	list := []any{}
	for members := l.Iterator(); members.HasNext() == types.True; {
		member, err := native(members.Next())
		if err != nil {
			return nil, err
		}
		list = append(list, member)
	}
	return list, nil
}

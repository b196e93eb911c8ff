package field

import (
	"encoding/json"
	"strings"
)

// Pick returns the named members of a document that it has, each as json.RawMessage. A caller may add others.
func Pick(raw json.RawMessage, names ...string) map[string]any {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members) // what is no object has no members
	picked := map[string]any{}
	for _, name := range names {
		if value, found := members[name]; found {
			picked[name] = value
		}
	}
	return picked
}

// Omit returns a document without some of its members, which change by themselves, are large or are private. A path is the
// name of a member, or of a member of a member: "network.ipv4s". What is no object stays as it is.
func Omit(raw json.RawMessage, paths ...string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return raw
	}
	inner := map[string][]string{}
	for _, path := range paths {
		name, rest, nested := strings.Cut(path, ".")
		if nested {
			inner[name] = append(inner[name], rest)
		} else {
			delete(members, name)
		}
	}
	for name, paths := range inner {
		if member, found := members[name]; found {
			members[name] = Omit(member, paths...)
		}
	}
	short, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return short
}

// Encode returns members in JSON, nil if one cannot be written in it.
func Encode(members any) json.RawMessage {
	raw, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return raw
}

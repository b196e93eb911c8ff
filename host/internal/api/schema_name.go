package api

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// prefixes are what the names of the types of a package begin with outside of it.
var prefixes = map[string]string{
	reflect.TypeFor[aisummary.Card]().PkgPath():    "Summary",
	reflect.TypeFor[assurance.Control]().PkgPath(): "Control",
	reflect.TypeFor[verdict.Test]().PkgPath():      "Test",
}

// accountNames are the names that types of package account have outside of it.
var accountNames = map[string]string{
	"Decision": "AccountDecision", "History": "AccountHistory", "Link": "AccountLink", "Position": "PeoplePosition",
}

// schemaName names the schema of a type, or of a generic type of it. A name that is clear in its package says outside what it is of.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	of := strings.TrimRight(t.PkgPath()+"."+t.Name(), "]")
	if prefix := prefixes[t.PkgPath()]; !strings.HasPrefix(name, prefix) {
		return prefix + name
	}
	if short, is := strings.CutPrefix(of[strings.LastIndex(of, "[")+1:], reflect.TypeFor[account.Account]().PkgPath()+"."); is {
		if long, named := accountNames[short]; named {
			return strings.TrimSuffix(name, short) + long
		}
	}
	return name
}

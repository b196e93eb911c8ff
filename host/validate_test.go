package host_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
)

// refusedOn returns the fields that a problem names, in one line; "" for no error.
func refusedOn(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeInvalid || p.Message == "" {
		t.Fatalf("%v is no problem of a field", err)
	}
	var names []string
	for _, f := range p.Fields {
		names = append(names, f.Field)
	}
	return strings.Join(names, " ")
}

func TestValuesThatArePermitted(t *testing.T) {
	t.Parallel()
	share := func(f float64) *host.RemovalOverride { return &host.RemovalOverride{Share: &f} }
	count := func(n int) *host.RemovalOverride { return &host.RemovalOverride{Count: &n} }
	zero := 0.0
	for name, test := range map[string]struct {
		err   error
		field string
	}{
		"an alias":                 {host.ValidateAlias("corp-1.eu_x"), ""},
		"the longest alias":        {host.ValidateAlias(strings.Repeat("a", 63)), ""},
		"a longer alias":           {host.ValidateAlias(strings.Repeat("a", 64)), "alias"},
		"no alias":                 {host.ValidateAlias(""), "alias"},
		"capital letters":          {host.ValidateAlias("Corp"), "alias"},
		"a path as an alias":       {host.ValidateAlias("../corp"), "alias"},
		"a dot in front":           {host.ValidateAlias(".corp"), "alias"},
		"the name of a screen":     {host.ValidateAlias("available"), "alias"},
		"no deadline":              {host.ValidateDeadline(""), ""},
		"a deadline":               {host.ValidateDeadline("90m"), ""},
		"a week":                   {host.ValidateDeadline("168h"), ""},
		"more than a week":         {host.ValidateDeadline("169h"), "deadline"},
		"less than a minute":       {host.ValidateDeadline("59s"), "deadline"},
		"a number for a duration":  {host.ValidateDeadline("90"), "deadline"},
		"a reason":                 {host.ValidateReason("SOC 2 audit"), ""},
		"a reason like a book":     {host.ValidateReason(strings.Repeat("x", 1001)), "reason"},
		"no owner":                 {host.ValidateOwner(""), ""},
		"an owner":                 {host.ValidateOwner("Anna Berg <anna@example.com>"), ""},
		"an owner of two lines":    {host.ValidateOwner("Anna\nBen"), "owner"},
		"a space before an owner":  {host.ValidateOwner(" Anna"), "owner"},
		"the word for no owner":    {host.ValidateOwner("None"), "owner"},
		"an owner like a book":     {host.ValidateOwner(strings.Repeat("x", 201)), "owner"},
		"no limits":                {(*host.RemovalOverride)(nil).Validate(), ""},
		"limits that say nothing":  {new(host.RemovalOverride).Validate(), ""},
		"no share":                 {share(0).Validate(), ""},
		"the whole":                {share(1).Validate(), ""},
		"more than the whole":      {share(1.01).Validate(), "removals.share"},
		"a negative share":         {share(-0.1).Validate(), "removals.share"},
		"no number":                {share(zero / zero).Validate(), "removals.share"},
		"a count":                  {count(5).Validate(), ""},
		"a negative count":         {count(-1).Validate(), "removals.count"},
		"more than any stream has": {count(1_000_000_001).Validate(), "removals.count"},
	} {
		if got := refusedOn(t, test.err); got != test.field {
			t.Errorf("%s: refused on %q, want %q", name, got, test.field)
		}
	}
}

func TestSecretsThatWouldBeStoredChanged(t *testing.T) {
	t.Parallel()
	for value, rule := range map[string]string{
		"": "", "sesame": "", "ü": "", strings.Repeat("x", host.MaxSecret): "",
		strings.Repeat("x", host.MaxSecret+1): "at most", "\uFEFFx": "byte order mark", "\xFF\xFEx": "UTF-16",
		"a\x00": "NUL", "\xe9": "not UTF-8",
	} {
		if got := host.CheckSecret(value); (got == "") != (rule == "") || !strings.Contains(got, rule) {
			t.Errorf("%.10q breaks %q, want %q", value, got, rule)
		}
	}
}

func TestRemovalsThatWaitForAPerson(t *testing.T) {
	t.Parallel()
	limits := host.RemovalLimits{Share: 0.1, Count: 20}
	for _, test := range []struct {
		known, gone int
		rule        host.RemovalRule
	}{
		{0, 0, ""}, {100, 0, ""}, {100, 20, ""}, {100, 21, host.RemovalOfMany}, {1000, 100, ""}, {1000, 101, host.RemovalOfMany},
		{1, 1, host.RemovalOfAll}, {50, 50, host.RemovalOfAll}, {4, 3, ""}, {5, 3, host.RemovalOfMost},
		{40, 20, ""}, {40, 21, host.RemovalOfMost},
	} {
		rule, held := limits.Holds(test.known, test.gone)
		if rule != test.rule || held != (test.rule != "") {
			t.Errorf("%d of %d: %q, %v; want %q", test.gone, test.known, rule, held, test.rule)
		}
		if !held {
			continue
		}
		removal := host.HeldRemoval{Title: "Users", Removes: test.gone, Known: test.known, Rule: rule}
		removal.Explain(limits)
		if !strings.Contains(removal.Explanation, "of Users") || !strings.Contains(removal.Remedy, "confirm the removal") {
			t.Errorf("it says %q, %q", removal.Explanation, removal.Remedy)
		}
	}
}

func TestAConnectionHasLimitsOfItsOwn(t *testing.T) {
	t.Parallel()
	base, share, count := host.DefaultRemovalLimits, 0.5, 3
	for _, test := range []struct {
		own  *host.RemovalOverride
		want host.RemovalLimits
	}{
		{nil, base}, {&host.RemovalOverride{}, base},
		{&host.RemovalOverride{Share: &share}, host.RemovalLimits{Share: 0.5, Count: 20}},
		{&host.RemovalOverride{Count: &count}, host.RemovalLimits{Share: 0.1, Count: 3}},
	} {
		if got := test.own.Over(base); got != test.want {
			t.Errorf("%+v over the default is %+v", test.own, got)
		}
		if none := test.own.OrNone() == nil; none != (test.want == base) {
			t.Errorf("%+v counts as none: %v", test.own, none)
		}
	}
}

func TestWhatIsNewInAReleaseIsFound(t *testing.T) {
	t.Parallel()
	file := host.FileAccess{Path: "/etc/passwd", Purpose: "Accounts"}
	before := host.Asks{Permissions: []host.Permission{{ID: "users.read"}}, Network: []host.NetworkHost{{Host: "a.example", Port: 443}}}
	for name, test := range map[string]struct {
		now  host.Asks
		more int
	}{
		"the same":              {before, 0},
		"less":                  {host.Asks{}, 0},
		"other words":           {host.Asks{Permissions: []host.Permission{{ID: "users.read", Reason: "In other words"}}}, 0},
		"a permission":          {host.Asks{Permissions: []host.Permission{{ID: "users.write"}}}, 1},
		"another port":          {host.Asks{Network: []host.NetworkHost{{Host: "a.example", Port: 80}}}, 1},
		"a file":                {host.Asks{Files: []host.FileAccess{file}}, 1},
		"to dial by itself":     {host.Asks{NetworkTCP: true}, 1},
		"a host and permission": {host.Asks{Permissions: []host.Permission{{ID: "x"}}, Network: []host.NetworkHost{{Host: "b.example"}}}, 2},
	} {
		more := test.now.Beyond(before)
		got := len(more.Permissions) + len(more.Network) + len(more.Files)
		if more.NetworkTCP {
			got++
		}
		if got != test.more || more.None() != (test.more == 0) {
			t.Errorf("%s: %+v is new", name, more)
		}
	}
}

func TestWordsForPeople(t *testing.T) {
	t.Parallel()
	connector := host.Connector{
		ConfigSchema: json.RawMessage(`{"properties":{"base_url":{"title":"Address"},"token":{}}}`), Streams: []host.StreamInfo{{Name: "users"}},
	}
	for remedy, want := range map[string]string{
		`Check the setting "base_url".`: `Check the setting "Address" (base_url).`,
		`Check the setting "token".`:    `Check the setting "token".`, "Wait.": "Wait.",
	} {
		if got := connector.NameSettings(&host.Problem{Remedy: remedy}).Remedy; got != want {
			t.Errorf("%q becomes %q, want %q", remedy, got, want)
		}
	}
	if connector.NameSettings(nil) != nil {
		t.Error("no problem became one")
	}
	if _, ok := connector.Stream("users"); !ok {
		t.Error("a stream is not found")
	}
	if _, ok := connector.Stream("groups"); ok {
		t.Error("a stream is found that there is not")
	}
	for doc, want := range map[string]string{
		`{"email":"a@b.c","name":"Ann"}`: "Ann", `{"username":"ann"}`: "ann", `{"name":3}`: "", `[]`: "",
	} {
		if got := host.NameOf(json.RawMessage(doc)); got != want {
			t.Errorf("%s is called %q, want %q", doc, got, want)
		}
	}
	for _, c := range host.Categories() {
		if !c.ID.Known() || c.Title == "" {
			t.Errorf("the category %s has no title or is not known", c.ID)
		}
	}
	if host.Category("everything").Known() {
		t.Error("everything is a category")
	}
	attached := host.Development{Connector: "fake", Attached: true, PID: 7}
	if attached.Explain(); !strings.Contains(attached.Message, "process 7") || attached.Remedy == "" {
		t.Errorf("a development says %q, %q", attached.Message, attached.Remedy)
	}
}

func TestStatusesThatAreFinalOrFailed(t *testing.T) {
	t.Parallel()
	for status, want := range map[host.RunStatus]struct{ final, failed bool }{
		host.StatusQueued: {}, host.StatusRunning: {},
		host.StatusSucceeded: {final: true}, host.StatusCancelled: {final: true}, host.StatusSkipped: {final: true},
		host.StatusPartial: {true, true}, host.StatusFailed: {true, true}, host.StatusInterrupted: {true, true},
	} {
		if status.Final() != want.final || (host.Step{Status: status}).Failed() != want.failed {
			t.Errorf("%s: final %v, failed %v; want %+v", status, status.Final(), (host.Step{Status: status}).Failed(), want)
		}
	}
}

func TestAnErrorIsAProblemOrTheHosts(t *testing.T) {
	t.Parallel()
	cause := errors.New("the disk is gone")
	for name, test := range map[string]struct {
		err        error
		code, text string
	}{
		"an error":    {cause, host.CodeInternal, "the disk is gone"},
		"a problem":   {errors.Join(host.NotFound("run", "7", "Look again.")), host.CodeNotFound, `no run called "7"`},
		"a bad field": {host.Invalid("alias", "X", "is bad"), host.CodeInvalid, "alias is bad"},
		"two bad fields": {
			host.InvalidFields("two", []host.FieldError{{Field: "a", Message: "x"}, {Field: "b", Message: "y"}}),
			host.CodeInvalid, "two; a: x; b: y",
		},
		"one with a cause": {(&host.Problem{Code: host.CodeDiskFull, Message: "full"}).Because(cause), host.CodeDiskFull, "full"},
	} {
		p := host.AsProblem(test.err)
		if p.Code != test.code || p.Error() != test.text {
			t.Errorf("%s: %s %q", name, p.Code, p.Error())
		}
		if wraps := errors.Is(p, cause); wraps != (name == "an error" || name == "one with a cause") {
			t.Errorf("%s wraps its cause: %v", name, wraps)
		}
	}
	if (host.PruneResult{}).Deleted() || !(host.PruneResult{Runs: 1}).Deleted() || !(host.Verification{}).OK() {
		t.Error("results are not read right")
	}
}

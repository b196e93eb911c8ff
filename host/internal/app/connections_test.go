package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

const canary = "canary-4711-of-the-token"

func TestAddConnectionNamesEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Alias: "taken"})
	tests := map[string]struct {
		give   connections.NewConnection
		code   string
		fields string
	}{
		"unknown connector":      {connections.NewConnection{Connector: "nope", Alias: "a"}, host.CodeNotFound, "connector"},
		"no alias":               {connections.NewConnection{Connector: "fake"}, host.CodeInvalid, "alias"},
		"an alias with a space":  {connections.NewConnection{Connector: "fake", Alias: "a b"}, host.CodeInvalid, "alias"},
		"the alias of a screen":  {connections.NewConnection{Connector: "fake", Alias: "new"}, host.CodeInvalid, "alias"},
		"of another screen":      {connections.NewConnection{Connector: "fake", Alias: "available"}, host.CodeInvalid, "alias"},
		"an alias that is taken": {connections.NewConnection{Connector: "fake", Alias: "taken"}, host.CodeConflict, "alias"},
		"a schedule":             {connections.NewConnection{Connector: "fake", Alias: "a", Schedule: "often"}, host.CodeInvalid, "schedule"},
		"a setting of no such name": {
			connections.NewConnection{Connector: "fake", Alias: "a", Settings: raw(`{"colour":"red"}`)}, host.CodeInvalid, "settings.colour",
		},
		"a setting's shape": {
			connections.NewConnection{Connector: "fake", Alias: "a", Settings: raw(`{"streams":"all"}`)}, host.CodeInvalid, "settings.streams",
		},
		"deep in a setting": {
			connections.NewConnection{Connector: "fake", Alias: "a", Settings: raw(`{"streams":[{"name":""}]}`)}, host.CodeInvalid,
			"settings.streams.0.name",
		},
		"no object": {connections.NewConnection{Connector: "fake", Alias: "a", Settings: raw(`[1]`)}, host.CodeInvalid, "settings"},
		"a secret given as a setting": {
			connections.NewConnection{Connector: "fake", Alias: "a", Settings: raw(`{"token":"` + canary + `"}`)},
			host.CodeInvalid, "settings.token",
		},
		"a secret of no such name": {
			connections.NewConnection{Connector: "fake", Alias: "a", Secrets: map[string]string{"password": canary}},
			host.CodeInvalid, "secrets.password",
		},
		"everything at once": {
			connections.NewConnection{Connector: "fake", Alias: "a b", Schedule: "often", Settings: raw(`{"colour":1,"check":2}`),
				Secrets: map[string]string{"password": canary}},
			host.CodeInvalid, "alias schedule secrets.password settings.check settings.colour",
		},
		"a connector and an alias": {connections.NewConnection{Connector: "nope", Alias: "a b"}, host.CodeInvalid, "connector alias"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := e.AddConnection(as(t), test.give)
			p := problem(t, err)
			if p.Code != test.code || fields(p) != test.fields {
				t.Errorf("got %s on %q, want %s on %q: %v", p.Code, fields(p), test.code, test.fields, err)
			}
			if strings.Contains(fmt.Sprintf("%+v", p), canary) {
				t.Errorf("the secret is in the answer: %+v", p)
			}
			if list, err := e.Connections(as(t), connections.Filter{}); err != nil || len(list) != 1 {
				t.Errorf("%d connections are stored, %v", len(list), err)
			}
		})
	}
}

func TestSettingsMayBeLeftOut(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for i, settings := range []string{"", "null", "{}"} {
		c := add(t, e, connections.NewConnection{
			Alias: fmt.Sprintf("c%d", i), Settings: raw(settings), Secrets: map[string]string{"token": canary},
		})
		if string(c.Settings) != "{}" {
			t.Errorf("settings %q are stored as %s", settings, c.Settings)
		}
		c, err := e.EditConnection(as(t), c.Alias, 0, connections.Edit{Settings: raw(settings)})
		if err != nil || string(c.Settings) != "{}" {
			t.Errorf("edited with %q they are %s, %v", settings, c.Settings, err)
		}
	}
}

func TestEditConnection(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit     connections.Edit
		revision uint64
		code     string // "" = it works
		fields   string
		secrets  string // names stored afterwards
	}{
		"nothing":                 {secrets: "token"},
		"the alias":               {edit: connections.Edit{Alias: text("corp2")}, secrets: "token"},
		"its own alias":           {edit: connections.Edit{Alias: text("corp")}, secrets: "token"},
		"a taken alias":           {edit: connections.Edit{Alias: text("taken")}, code: host.CodeConflict, fields: "alias"},
		"a reserved alias":        {edit: connections.Edit{Alias: text("new")}, code: host.CodeInvalid, fields: "alias"},
		"settings, secret stored": {edit: connections.Edit{Settings: raw(`{"streams":[]}`)}, secrets: "token"},
		"a wrong setting":         {edit: connections.Edit{Settings: raw(`{"streams":1}`)}, code: host.CodeInvalid, fields: "settings.streams"},
		"a secret as a setting":   {edit: connections.Edit{Settings: raw(`{"token":"x"}`)}, code: host.CodeInvalid, fields: "settings.token"},
		"another secret's value":  {edit: connections.Edit{Secrets: map[string]string{"token": "other"}}, secrets: "token"},
		"a secret taken away":     {edit: connections.Edit{Secrets: map[string]string{"token": ""}}},
		"a secret of no such name": {
			edit: connections.Edit{Secrets: map[string]string{"nope": "x"}}, code: host.CodeInvalid, fields: "secrets.nope",
		},
		"a schedule":       {edit: connections.Edit{Schedule: text("@daily")}, secrets: "token"},
		"no schedule":      {edit: connections.Edit{Schedule: text("")}, secrets: "token"},
		"a wrong schedule": {edit: connections.Edit{Schedule: text("61 * * * *")}, code: host.CodeInvalid, fields: "schedule"},
		"two wrong ones": {
			edit: connections.Edit{Alias: text("A"), Schedule: text("x")}, code: host.CodeInvalid, fields: "alias schedule",
		},
		"the revision it has": {edit: connections.Edit{Alias: text("corp2")}, revision: 1, secrets: "token"},
		"a stale revision":    {edit: connections.Edit{Alias: text("corp2")}, revision: 7, code: host.CodeConflict, fields: "revision"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			add(t, e, connections.NewConnection{Alias: "taken"})
			before := add(t, e, connections.NewConnection{Secrets: map[string]string{"token": canary}, Schedule: "@hourly"})
			after, err := e.EditConnection(as(t), before.ID, test.revision, test.edit)
			if test.code != "" {
				if p := problem(t, err); p.Code != test.code || fields(p) != test.fields {
					t.Errorf("got %s on %q, want %s on %q", p.Code, fields(p), test.code, test.fields)
				}
				now, err := e.Connection(as(t), before.ID)
				if diff := cmp.Diff(before.Connection, now.Connection); err != nil || diff != "" {
					t.Errorf("a refused edit changed something: %v\n%s", err, diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var secrets []string
			for _, s := range after.Secrets {
				secrets = append(secrets, s.Name)
			}
			if after.Revision != 2 || strings.Join(secrets, " ") != test.secrets {
				t.Errorf("revision %d with secrets %q, want 2 with %q", after.Revision, secrets, test.secrets)
			}
			if test.edit.Alias != nil && after.Alias != *test.edit.Alias || test.edit.Schedule != nil && after.Schedule != *test.edit.Schedule ||
				test.edit.Settings != nil && string(after.Settings) != string(test.edit.Settings) {
				t.Errorf("got %+v", after.Connection)
			}
		})
	}
}

func TestRemoveConnectionEndsItsRun(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := add(t, e, connections.NewConnection{Settings: raw(blocks)})
	run, err := e.Sync(as(t), "corp", connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "records", func() bool {
		c, err := e.Connection(as(t), "corp")
		return err == nil && c.Streams[0].Records > 0
	})
	begun := time.Now()
	if err := e.RemoveConnection(as(t), "corp"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("it took %s", took)
	}
	for _, err := range []error{second(e.Connection(as(t), c.ID)), second(e.Run(run.ID)), e.RemoveConnection(as(t), "corp")} {
		if problem(t, err).Code != host.CodeNotFound {
			t.Errorf("after the removal: %v", err)
		}
	}
	if runs, _, err := e.Runs("", 0, ""); err != nil || len(runs) > 0 {
		t.Errorf("%d runs are left, %v", len(runs), err)
	}
	add(t, e, connections.NewConnection{}) // its name is free again
}

func second[T any](_ T, err error) error { return err }

func TestStatusIsDrawnTogetherFromWhatIsKnown(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := add(t, e, connections.NewConnection{Schedule: "@hourly"})
	if c.Health != host.HealthUnknown || c.Reason != host.ReasonDraft || c.Activity != host.ActivityIdle || c.LastRun != nil ||
		c.ConnectorName != "Fake" || len(c.Streams) != 4 || c.NextRunAt == nil || c.NextRunAt.Before(time.Now()) || c.FailingSteps == nil {
		t.Errorf("before the first run: %+v", c)
	}
	edit := func(settings string) {
		t.Helper()
		if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Settings: raw(settings)}); err != nil {
			t.Fatal(err)
		}
	}
	status := func() host.ConnectionStatus {
		t.Helper()
		c, err := e.Connection(as(t), "corp")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	edit(`{"streams":[{"name":"users","records":7}]}`)
	run := sync(t, e, "corp")
	c = status()
	if c.Health != host.HealthHealthy || c.LastRun.ID != run.ID || c.Streams[0].Records != 7 || c.Streams[0].LastCompleteAt == nil ||
		c.LastSuccessAt == nil || len(c.History) != 1 || c.History[0].Status != host.StatusSucceeded {
		t.Errorf("after a good run: %+v", c)
	}
	edit(`{"connect":{"error":"auth.invalid"}}`)
	sync(t, e, "corp")
	c = status()
	if c.Health != host.HealthUnhealthy || c.Reason != host.ReasonActionRequired || len(c.History) != 2 ||
		cmp.Diff(c.FailingSteps, []string{"connect"}) != "" || c.Remedy == "" || c.Streams[0].Records != 7 {
		t.Errorf("after a refused credential: %+v", c)
	}
	if c, err := e.Pause(as(t), "corp", "holidays"); err != nil || c.Reason != host.ReasonPaused || c.NextRunAt != nil {
		t.Errorf("paused: %+v, %v", c, err)
	}
	if c, err := e.Resume(as(t), "corp"); err != nil || c.Reason != host.ReasonActionRequired || c.NextRunAt == nil {
		t.Errorf("resumed: %+v, %v", c, err)
	}
	edit(blocks)
	run, err := e.Sync(as(t), "corp", connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "a running run", func() bool { return status().Activity == host.ActivityRunning })
	if c = status(); c.LastRun.ID != run.ID || c.Health != host.HealthUnhealthy || len(c.History) != 2 {
		t.Errorf("while a run is active: %+v", c)
	}
	if s, err := e.Status(as(t)); err != nil || s.Counts.Running != 1 || s.Counts.Unhealthy != 1 || s.Counts.Healthy != 0 {
		t.Errorf("at a glance: %+v, %v", s.Counts, err)
	}
}

func TestConnectionsCanBeFiltered(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Alias: "good"})
	add(t, e, connections.NewConnection{Alias: "bad", Settings: raw(`{"connect":{"error":"auth.invalid"}}`)})
	add(t, e, connections.NewConnection{Alias: "fresh"})
	sync(t, e, "good")
	sync(t, e, "bad")
	tests := map[string]struct {
		filter connections.Filter
		want   string
	}{
		"all":              {connections.Filter{}, "fresh bad good"},
		"healthy":          {connections.Filter{Health: []host.Health{host.HealthHealthy}}, "good"},
		"unhealthy":        {connections.Filter{Health: []host.Health{host.HealthUnhealthy}}, "bad"},
		"unknown":          {connections.Filter{Health: []host.Health{host.HealthUnknown}}, "fresh"},
		"a connector":      {connections.Filter{Connector: "fake"}, "fresh bad good"},
		"another":          {connections.Filter{Connector: "other"}, ""},
		"a category":       {connections.Filter{Category: []host.Category{"custom"}}, "fresh bad good"},
		"another category": {connections.Filter{Category: []host.Category{"hris"}}, ""},
		"part of a name":   {connections.Filter{Query: "OO"}, "good"},
		"the system":       {connections.Filter{Query: "fAk"}, "fresh bad good"},
	}
	for name, test := range tests {
		list, err := e.Connections(as(t), test.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			got = append(got, c.Alias)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// The run is due ten times over while nobody is there: it is caught up once.
func TestAMissedRunIsCaughtUpOnce(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	e := open(t, o)
	c := add(t, e, connections.NewConnection{Schedule: "@every 1m"})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	missDue(t, dir, c.ID, 10*time.Minute)
	o.Unattended = true
	e = open(t, o)
	caughtUp := func() int {
		runs, _, err := e.Runs("corp", 0, "")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range runs {
			if r.Trigger == host.TriggerCatchUp && r.Status == host.StatusSucceeded {
				n++
			}
		}
		return n
	}
	await(t, "the run that was missed", func() bool { return caughtUp() > 0 })
	now, err := e.Connection(as(t), "corp")
	if err != nil {
		t.Fatal(err)
	}
	if caughtUp() != 1 || now.NextRunAt == nil || !now.NextRunAt.After(time.Now().Add(-time.Minute)) {
		t.Errorf("caught up %d times, next run at %v", caughtUp(), now.NextRunAt)
	}
}

func TestAPausedConnectionIsNotCaughtUp(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	e := open(t, o)
	paused := add(t, e, connections.NewConnection{Alias: "paused", Schedule: "@every 1m"})
	if _, err := e.Pause(as(t), "paused", ""); err != nil {
		t.Fatal(err)
	}
	other := add(t, e, connections.NewConnection{Alias: "zz-other", Schedule: "@every 1m"})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	missDue(t, dir, paused.ID, time.Hour)
	missDue(t, dir, other.ID, time.Hour)
	o.Unattended = true
	e = open(t, o)
	await(t, "the other's run", func() bool { runs, _, err := e.Runs("zz-other", 0, ""); return err == nil && len(runs) > 0 })
	if runs, _, err := e.Runs("paused", 0, ""); err != nil || len(runs) > 0 {
		t.Errorf("the paused connection has %d runs, %v", len(runs), err)
	}
}

// A run that fails in a way that heals is tried again earlier than its schedule.
func TestARetryBringsTheNextRunForward(t *testing.T) {
	t.Parallel()
	o := options(t, dataDir(t), nil)
	o.Unattended = true
	e := open(t, o)
	add(t, e, connections.NewConnection{Alias: "heals", Schedule: "0 0 1 1 *", Settings: raw(`{"connect":{"error":"upstream.5xx"}}`)})
	add(t, e, connections.NewConnection{Alias: "stays", Schedule: "0 0 1 1 *", Settings: raw(`{"connect":{"error":"auth.invalid"}}`)})
	next := func(alias string) time.Duration {
		c, err := e.Connection(as(t), alias)
		if err != nil || c.NextRunAt == nil {
			t.Fatalf("%s: next run %v, %v", alias, c.NextRunAt, err)
		}
		return time.Until(*c.NextRunAt)
	}
	sync(t, e, "heals")
	sync(t, e, "stays")
	if in := next("heals"); in > 2*time.Minute {
		t.Errorf("what heals is tried again in %s", in)
	}
	if in := next("stays"); in < 2*time.Minute {
		t.Errorf("what needs a person is tried again in %s", in)
	}
}

func TestAConnectionHasAnOwner(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := add(t, e, connections.NewConnection{Owner: "Anna Berg"})
	if c.Owner != "Anna Berg" {
		t.Errorf("added with the owner %q", c.Owner)
	}
	ben := "ben@example.com"
	if c, err := e.EditConnection(as(t), "corp", c.Revision, connections.Edit{Owner: &ben}); err != nil || c.Owner != ben {
		t.Errorf("edited: %q, %v", c.Owner, err)
	}
	for _, wrong := range []string{"none", "Anna\nBen"} {
		if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Owner: &wrong}); host.AsProblem(err).Code != host.CodeInvalid {
			t.Errorf("the owner %q: %v", wrong, err)
		}
	}
	if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Owner: new(string)}); err != nil {
		t.Fatal(err)
	}
	page, err := e.ListConnections(as(t), connections.ConnectionQuery{Filter: connections.Filter{Owner: []string{host.OwnerNone}}, Limit: 1})
	if err != nil || page.Matched != 1 || page.Items[0].Owner != "" {
		t.Errorf("without an owner: %+v, %v", page, err)
	}
}

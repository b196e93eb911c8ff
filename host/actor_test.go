package host_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
)

func TestActorIsNamedAndValidated(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		actor host.Actor
		says  string // "" = the actor is not valid
		field string
		json  string
	}{
		"a user at the socket": {
			actor: host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthSocket}, says: "anna (this machine)",
			json: `{"kind":"person","id":"1000","name":"anna","auth":"socket peer"}`,
		},
		"a user without a name": {
			actor: host.Actor{Kind: host.ActorPerson, ID: "1000", Auth: host.AuthLocal}, says: "1000 (this machine)",
			json: `{"kind":"person","id":"1000","auth":"local process"}`,
		},
		"a browser": {
			actor: host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthLink}, says: "anna (browser)",
			json: `{"kind":"person","id":"1000","name":"anna","auth":"one-time link"}`,
		},
		"a token": {
			actor: host.Actor{Kind: host.ActorToken, ID: "ci", Auth: host.AuthToken}, says: "the token ci",
			json: `{"kind":"token","id":"ci","auth":"API token"}`,
		},
		"an assistant": {
			actor: host.Actor{Kind: host.ActorAssistant, ID: "claude", Name: "anna", Auth: host.AuthSocket},
			says:  "the assistant claude, run by anna",
			json:  `{"kind":"assistant","id":"claude","name":"anna","auth":"socket peer"}`,
		},
		"a connector": {
			actor: host.Actor{Kind: host.ActorConnector, ID: "okta", Auth: host.AuthLocal}, says: "the connector okta",
			json: `{"kind":"connector","id":"okta","auth":"local process"}`,
		},
		"the schedule":   {actor: host.ScheduleActor(), says: "the schedule", json: `{"kind":"schedule","auth":"local process"}`},
		"the host":       {actor: host.AgentActor(), says: "Plumbline itself", json: `{"kind":"agent","auth":"local process"}`},
		"nothing":        {actor: host.Actor{}, field: "actor.kind"},
		"another kind":   {actor: host.Actor{Kind: "robot", Auth: host.AuthLocal}, field: "actor.kind"},
		"no proof":       {actor: host.Actor{Kind: host.ActorPerson, ID: "1"}, field: "actor.auth"},
		"a made-up auth": {actor: host.Actor{Kind: host.ActorPerson, ID: "1", Auth: "trust me"}, field: "actor.auth"},
		"nobody": {
			actor: host.Actor{Kind: host.ActorPerson, Name: "anna", Auth: host.AuthLocal}, field: "actor.id",
		},
		"a schedule of its own": {actor: host.Actor{Kind: host.ActorSchedule, ID: "x", Auth: host.AuthLocal}, field: "actor.id"},
		"a hidden character": {
			actor: host.Actor{Kind: host.ActorPerson, ID: "1", Name: "an\u202ena", Auth: host.AuthLocal}, field: "actor.name",
		},
		"a person with a token": {actor: host.Actor{Kind: host.ActorPerson, ID: "1", Auth: host.AuthToken}, field: "actor.auth"},
		"a token from a socket": {actor: host.Actor{Kind: host.ActorToken, ID: "ci", Auth: host.AuthSocket}, field: "actor.auth"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.actor.Validate()
			if test.says == "" {
				var p *host.Problem
				if !errors.As(err, &p) || p.Code != host.CodeInvalid || len(p.Fields) != 1 || p.Fields[0].Field != test.field {
					t.Fatalf("refused as %+v, want on %s", err, test.field)
				}
				return
			}
			if err != nil || test.actor.String() != test.says {
				t.Errorf("%q, %v; want %q", test.actor, err, test.says)
			}
			raw, err := json.Marshal(test.actor)
			if err != nil || string(raw) != test.json {
				t.Errorf("JSON is %s, %v; want %s", raw, err, test.json)
			}
			var back host.Actor
			if err := json.Unmarshal(raw, &back); err != nil || back != test.actor {
				t.Errorf("read back: %s, %v", cmp.Diff(test.actor, back), err)
			}
		})
	}
}

func TestAContextCarriesItsActor(t *testing.T) {
	t.Parallel()
	if actor, ok := host.ActorFrom(t.Context()); ok {
		t.Errorf("a fresh context has the actor %s", actor)
	}
	var p *host.Problem
	if _, err := host.Acting(t.Context()); !errors.As(err, &p) || p.Code != host.CodeNoActor || p.Remedy == "" {
		t.Errorf("without an actor: %v", err)
	}
	anna := host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthSocket}
	ctx := host.WithActor(host.WithActor(t.Context(), host.AgentActor()), anna)
	if actor, err := host.Acting(ctx); err != nil || actor != anna {
		t.Errorf("acting is %s, %v; want the latest", actor, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("an actor that is not valid was taken")
		}
	}()
	host.WithActor(t.Context(), host.Actor{Kind: host.ActorPerson})
}

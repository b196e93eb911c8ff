package app_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

func TestDisconnectEndsARunAndDeletesTheSecrets(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{
		Settings: raw(blocks), Secrets: map[string]string{"token": "s3cret"}, Schedule: "@daily",
	})
	run, err := e.Sync(as(t), "corp", connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Disconnect(as(t), "corp")
	if err != nil {
		t.Fatal(err)
	}
	if got.Disconnection == nil || got.Disconnection.By.Name != "anna" || got.Disconnection.Schedule != "@daily" {
		t.Errorf("it is disconnected as %+v", got.Disconnection)
	}
	if got.Schedule != "" || len(got.Secrets) != 0 || got.NextRunAt != nil || got.Reason != host.ReasonDisconnected || got.NeedsYou() {
		t.Errorf("a disconnected connection has schedule %q, secrets %v, next run %v, reason %s", got.Schedule, got.Secrets, got.NextRunAt,
			got.Reason)
	}
	if ended, err := e.Run(run.ID); err != nil || !ended.Status.Final() {
		t.Errorf("its run is %s, %v", ended.Status, err)
	}
	if _, err := e.Sync(as(t), "corp", connections.SyncRequest{}); problem(t, err).Code != host.CodeDisconnected {
		t.Errorf("a sync of it answers %v", err)
	}
	if page, err := e.ListConnections(t.Context(), connections.ConnectionQuery{Limit: 10}); err != nil || len(page.Items) != 0 ||
		page.Disconnected != 1 {
		t.Errorf("the list has %d, and %d disconnected, %v", len(page.Items), page.Disconnected, err)
	}
	back, err := e.Reconnect(as(t), "corp", connections.Reconnection{Secrets: map[string]string{"token": "n3w"}})
	if err != nil || back.ID != got.ID || back.Disconnection != nil || back.Schedule != "@daily" || len(back.Secrets) != 1 {
		t.Errorf("reconnected it is %+v, %v", back.Connection, err)
	}
}

func TestASecretTellsWhoSetIt(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Owner: "Eva <eva@example.com>", Secrets: map[string]string{"token": "s3cret"}})
	sync(t, e, "corp")
	if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Schedule: text("@hourly")}); err != nil {
		t.Fatal(err)
	}
	impact, err := e.Impact(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	c := impact.Credential
	if len(c.Secrets) != 1 || c.Secrets[0].Actor == nil || c.Secrets[0].Actor.Name != "anna" {
		t.Errorf("the secrets are %+v", c.Secrets)
	}
	if c.Owner == "" || len(c.People) != 0 || impact.Runs != 1 {
		t.Errorf("the owner is %q, known as %v, after %d runs", c.Owner, c.People, impact.Runs)
	}
}

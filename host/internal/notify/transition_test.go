package notify_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/notification"
)

func (c *company) wants(what string, want ...string) {
	c.t.Helper()
	if got := c.titles(); !slices.Equal(got, want) {
		c.t.Fatalf("%s: it told\n  %s\nnot\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestOnlyTransitionsAreTold(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2)
	c.pass(time.Hour)
	c.wants("healthy stays healthy")
	c.fail(name(0), diagnosis.CauseCredentialExpired)
	c.pass(time.Hour)
	first := "c000 is unhealthy: Title of credential.expired"
	c.wants("it fails", first)
	c.fail(name(0), diagnosis.CausePermissionMissing)
	c.pass(time.Hour)
	c.wants("it fails for another cause", first)
	c.set(name(0), host.HealthUnknown)
	c.pass(time.Hour)
	c.wants("a person paused it", first)
	c.set(name(0), host.HealthHealthy)
	c.pass(time.Hour)
	second := "c000 is healthy again"
	c.wants("it recovers", first, second)
	c.set("new", host.HealthHealthy)
	c.fail("bad", diagnosis.CauseSettingWrong)
	c.pass(time.Hour)
	c.wants("two are added", first, second, "bad is unhealthy: Title of setting.wrong")
	delete(c.standings, "id-bad")
	c.pass(time.Hour)
	c.wants("one is deleted", first, second, "bad is unhealthy: Title of setting.wrong")
}

func TestWhatRecoversWithinTheWindowIsNotTold(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 1)
	c.fail(name(0), diagnosis.CauseVendorOutage)
	c.step()
	c.now = c.now.Add(10 * time.Second)
	c.set(name(0), host.HealthHealthy)
	c.pass(time.Hour)
	c.wants("a failure of ten seconds")
}

func TestWhatFailedBeforeThereWereNotifications(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 0)
	other := newCompany(t, 0) // whose first step sees a failure
	other.notify = other.open(t.TempDir())
	other.fail(name(0), diagnosis.CauseSettingWrong)
	other.pass(time.Hour)
	other.wants("the first step")
	other.set(name(0), host.HealthHealthy)
	other.pass(time.Hour)
	other.wants("it recovers", "c000 is healthy again")
	c.wants("nothing")
}

func TestNeedsAPersonAndPaused(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 3)
	held := func(s *notify.Standing) { s.Needs = append(s.Needs, "held/users/1") }
	action := func(s *notify.Standing) { s.Needs = append(s.Needs, "action") }
	paused := func(s *notify.Standing) { s.Paused = true }
	c.fail(name(0), diagnosis.CauseRemovalHeld, held)
	c.pass(time.Minute)
	c.wants("removals wait", "c000 needs a person: Title of removal.held")
	c.fail(name(1), diagnosis.CauseVendorOutage)
	c.pass(time.Minute)
	c.fail(name(1), diagnosis.CauseConsentWithdrawn, action)
	c.pass(time.Minute)
	c.fail(name(1), diagnosis.CauseConsentWithdrawn, action, paused)
	c.pass(time.Minute)
	c.set(name(1), host.HealthHealthy)
	c.pass(time.Minute)
	c.wants("it is paused and resumed", "c000 needs a person: Title of removal.held", "c001 is unhealthy: Title of vendor.outage",
		"c001 needs a person: Title of consent.withdrawn", "c001 was paused, because it kept failing: Title of consent.withdrawn",
		"c001 is healthy again")
	if n := c.notify.List(3)[1]; !n.Urgent || n.Kind != notification.KindPaused || n.Href != "/connections/c001" {
		t.Errorf("the pause is %+v", n)
	}
}

// TestFlapping has a connection change every five minutes: after four changes it is held down, until it was steady for an hour.
func TestFlapping(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 1)
	for range 10 {
		c.fail(name(0), diagnosis.CauseVendorOutage)
		c.pass(5 * time.Minute)
		c.set(name(0), host.HealthHealthy)
		c.pass(5 * time.Minute)
	}
	want := []string{
		"c000 is unhealthy: Title of vendor.outage", "c000 is healthy again", "c000 is unhealthy: Title of vendor.outage",
		"c000 keeps changing between healthy and unhealthy",
	}
	c.wants("it changes", want...)
	c.pass(55 * time.Minute)
	c.step()
	c.pass(10 * time.Minute)
	c.wants("it is steady", append(want, "c000 is healthy again")...)
}

func TestAVendorsOutageIsInconclusive(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 4)
	for i := range 4 {
		c.fail(name(i), diagnosis.CauseVendorOutage)
		cause := c.causes["id-"+name(i)]
		cause.Title, cause.Who, cause.Inconclusive = "Okta does not work at the moment", diagnosis.ActVendor, true
		c.causes["id-"+name(i)] = cause
	}
	c.pass(time.Minute)
	n := c.notify.List(1)[0]
	if !n.Inconclusive || n.Who != diagnosis.ActVendor || n.Urgent ||
		!strings.Contains(n.Text, "it says nothing about your company's systems") || !strings.Contains(n.Text, "Who can act: the vendor.") {
		t.Errorf("it told %+v", n)
	}
}

// TestTheNetworkIsNoVendors has connections of many vendors fail because nothing is reached.
func TestTheNetworkIsNoVendors(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 60)
	for i := range 60 {
		c.fail(name(i), []diagnosis.CauseID{diagnosis.CauseNetworkDNS, diagnosis.CauseNetworkConnect}[i%2])
		cause := c.causes["id-"+name(i)]
		cause.Connector = name(i)
		c.causes["id-"+name(i)] = cause
	}
	c.pass(time.Hour)
	c.wants("the network is down", "60 connections are unhealthy for one cause: This machine does not reach the network")
}

// TestSomeRecover tells after half an hour that a part is well again, and at the end the rest.
func TestSomeRecover(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 10)
	for i := range 10 {
		c.fail(name(i), diagnosis.CauseNetworkProxy)
	}
	c.pass(time.Minute)
	for i := range 7 {
		c.set(name(i), host.HealthHealthy)
	}
	c.pass(20 * time.Minute)
	first := "10 connections are unhealthy for one cause: The company's proxy does not let it through"
	c.wants("some recovered", first)
	c.pass(20 * time.Minute)
	c.wants("half an hour later", first, "7 of 10 connections are healthy again")
	c.set(name(7), host.HealthHealthy)
	c.pass(2 * time.Hour)
	c.set(name(8), host.HealthHealthy)
	c.set(name(9), host.HealthHealthy)
	c.pass(time.Hour)
	c.wants("all recovered", first, "7 of 10 connections are healthy again", "3 connections are healthy again")
}

func TestCredentialsReachTheirAge(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 0)
	old := func(days int) func(*notify.Standing) {
		return func(s *notify.Standing) {
			s.Credentials = []host.SecretInfo{{Name: "token", SetAt: monday.AddDate(0, 0, -days)}}
		}
	}
	c.set("a", host.HealthHealthy, old(345))
	c.set("b", host.HealthHealthy, old(10))
	c.pass(time.Hour)
	c.wants("twenty days before")
	c.now = c.now.AddDate(0, 0, 7)
	c.pass(time.Hour)
	c.wants("two weeks before", "a: a credential reaches the age of 365 days")
	c.now = c.now.AddDate(0, 0, 30)
	c.pass(time.Hour)
	c.wants("it is told once", "a: a credential reaches the age of 365 days")
}

// TestQuietHours holds back what is not urgent until the end of the quiet hours, on a night on which the clocks go forward.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2)
	hook := newReceiver(t)
	c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook}, map[string]string{notification.SecretURL: hook.URL})
	rules := notification.DefaultRules()
	rules.Quiet = &notification.Quiet{From: "22:00", Until: "07:00", Zone: "Europe/Berlin", Urgent: true}
	_, err := c.notify.SetRules(as(t), rules, 0)
	must(t, err)
	c.now = time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC) // half past midnight there
	c.fail(name(0), diagnosis.CauseSettingWrong)
	c.pass(time.Minute)
	c.fail(name(1), diagnosis.CauseConsentWithdrawn, func(s *notify.Standing) { s.Needs = []string{"action"} })
	c.pass(time.Minute)
	if got := hook.all(); len(got) != 1 || got[0].event.Data.Title != "c001 needs a person: Title of consent.withdrawn" {
		t.Fatalf("in the night it sent %+v", got)
	}
	c.pass(time.Date(2026, 3, 29, 4, 59, 0, 0, time.UTC).Sub(c.now)) // 06:59 there, in summer time
	if len(hook.all()) != 1 {
		t.Errorf("before seven it sent %d", len(hook.all()))
	}
	c.pass(2 * time.Minute)
	if len(hook.all()) != 2 {
		t.Errorf("after seven it sent %d", len(hook.all()))
	}
}

func TestRoutesByPartyKindAndOwner(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 4)
	vendor, recovered := newReceiver(t), newReceiver(t)
	mail := newMailServer(t)
	c.add(notification.Channel{Name: "Vendor", Type: notification.ChannelWebhook, Who: []diagnosis.ActingParty{diagnosis.ActVendor}},
		map[string]string{notification.SecretURL: vendor.URL})
	c.add(notification.Channel{Name: "Recovered", Type: notification.ChannelSlack, Kinds: []notification.Kind{notification.KindRecovered}},
		map[string]string{notification.SecretURL: recovered.URL})
	owners := mail.channel()
	owners.Email.ToOwner = true
	c.add(owners, nil)
	owner := func(to string) func(*notify.Standing) { return func(s *notify.Standing) { s.Owner = to } }
	c.fail(name(0), diagnosis.CauseNetworkProxy, owner("ann@example.com"))
	c.fail(name(1), diagnosis.CauseNetworkProxy, owner("ann@example.com"))
	c.fail(name(2), diagnosis.CauseNetworkProxy, owner("Bob"))
	c.fail(name(3), diagnosis.CauseNetworkProxy)
	c.pass(time.Minute)
	if len(vendor.all()) != 0 || len(recovered.all()) != 0 {
		t.Errorf("a channel got what is not for it")
	}
	var got []string
	for _, l := range mail.all() {
		got = append(got, strings.Join(l.to, ","))
		if ann := l.to[0] == "ann@example.com"; ann != strings.Contains(l.text, "Of these, 2 are yours: c000, c001.") {
			t.Errorf("to %s it wrote %s", l.to, l.text)
		}
		if strings.Contains(l.text, "Bob") {
			t.Errorf("an owner is named in %s", l.text)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"ann@example.com", "ops@example.com"}) {
		t.Errorf("it wrote to %q", got)
	}
}

// TestEditsOfChannelsHaveActorsAndNoSecrets reads the journal and the files after channels were added and edited.
func TestEditsOfChannelsHaveActorsAndNoSecrets(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 0)
	const address = "https://hooks.example.com/services/T000/B000/verysecretpath"
	added := c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook}, map[string]string{notification.SecretURL: address})
	if added.Host != "hooks.example.com" || !strings.HasPrefix(added.Signing, "whsec_") || len(added.Secrets) != 2 {
		t.Errorf("the channel is %+v", added)
	}
	edited := added.Channel
	edited.Off = true
	if _, err := c.notify.Edit(as(t), "hook", edited, nil, added.Revision+1); err == nil {
		t.Error("an edit of an outdated channel was taken")
	}
	stored, err := c.notify.Edit(as(t), "hook", edited, nil, added.Revision)
	must(t, err)
	if !stored.Off || stored.Host != "hooks.example.com" || len(stored.Secrets) != 2 {
		t.Errorf("after the edit it is %+v", stored)
	}
	if _, err := c.notify.Add(t.Context(), added.Channel, nil); host.AsProblem(err).Code != host.CodeNoActor {
		t.Errorf("without an actor it answers %v", err)
	}
	if err := c.notify.Remove(as(t), notify.DesktopChannel); err == nil {
		t.Error("the desktop channel was removed")
	}
	must(t, c.notify.Remove(as(t), "Hook"))
	entries, _, err := c.journal.Audit(t.Context(), journal.AuditQuery{Collection: notify.CollectionChannel})
	must(t, err)
	if len(entries) != 3 {
		t.Errorf("there are %d entries", len(entries))
	}
	for _, e := range entries {
		if e.Actor.Name != "anna" || strings.Contains(string(e.Document)+string(e.Before), "verysecret") ||
			strings.Contains(string(e.Document), added.Signing) {
			t.Errorf("the entry is %+v", e)
		}
	}
}

func TestATestSaysWhatTheServerAnswered(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 0)
	hook, mail := newReceiver(t), newMailServer(t)
	c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook}, map[string]string{notification.SecretURL: hook.URL})
	c.add(mail.channel(), nil)
	for channel, said := range map[string]string{"Hook": "200 OK", "mail": "250 queued as 17", "desktop": "handed to"} {
		if got, err := c.notify.Test(as(t), channel); err != nil || !got.OK || !strings.Contains(got.Said, said) {
			t.Errorf("%s: %+v, %v", channel, got, err)
		}
	}
	hook.answers(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("invalid_token"))
		return true
	})
	mail.refuse = "550 5.1.1 no such user"
	for channel, said := range map[string]string{"Hook": "403 Forbidden invalid_token", "Mail": "no such user"} {
		if got, err := c.notify.Test(as(t), channel); err != nil || got.OK || !strings.Contains(got.Said, said) || got.Remedy == "" {
			t.Errorf("%s: %+v, %v", channel, got, err)
		}
	}
	if _, err := c.notify.Test(as(t), "no"); !host.IsNotFound(err) {
		t.Errorf("of a channel that is not there it says %v", err)
	}
}

// TestAFileThatCannotBeReadIsSetAside damages what is stored: the host opens, and goes on from how connections are.
func TestAFileThatCannotBeReadIsSetAside(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 1)
	c.fail(name(0), diagnosis.CauseSettingWrong)
	c.pass(time.Hour)
	must(t, os.WriteFile(filepath.Join(c.notifications(), "state.sealed"), []byte("damaged"), 0o600))
	c.notify = c.open(c.notifications())
	c.pass(time.Hour)
	c.wants("it begins anew")
	c.set(name(0), host.HealthHealthy)
	c.pass(time.Hour)
	c.wants("it recovers", "c000 is healthy again")
	if left, err := filepath.Glob(filepath.Join(c.notifications(), "state.sealed.unreadable-*")); err != nil || len(left) != 1 {
		t.Errorf("the damaged file is %q, %v", left, err)
	}
}

// TestADemoSaysSo has what is told of a demo say that the company does not exist, also to those who see the title alone.
func TestADemoSaysSo(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2)
	hook := newReceiver(t)
	c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook}, map[string]string{notification.SecretURL: hook.URL})
	must(t, c.journal.MakeDemo(as(t)))
	c.fail(name(0), diagnosis.CauseCredentialExpired)
	c.pass(time.Minute)
	got := hook.all()
	if len(got) != 1 || !strings.HasPrefix(got[0].event.Data.Title, "Demo: ") || !strings.Contains(got[0].event.Data.Text, "do not exist") {
		t.Errorf("the receiver got %+v", got)
	}
}

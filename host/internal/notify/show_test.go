package notify_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// TestOneProxyAndFiveHundredConnections has 500 connections fail through one proxy, as fast as the runs end: one message says so, on
// each channel. What fails for the same while that lasts is told no more, and the recovery is one message too.
func TestOneProxyAndFiveHundredConnections(t *testing.T) {
	t.Parallel()
	const all = 500
	c := newCompany(t, all+20)
	hook, mail := newReceiver(t), newMailServer(t)
	c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook}, map[string]string{notification.SecretURL: hook.URL})
	c.add(mail.channel(), nil)
	for i := range all {
		c.fail(name(i), diagnosis.CauseNetworkProxy)
		if i%20 == 19 { // a step after every twenty runs that end
			c.now = c.now.Add(7 * time.Second)
			c.step()
		}
	}
	c.pass(time.Hour)
	for i := all; i < all+20; i++ { // their schedules come later
		c.fail(name(i), diagnosis.CauseNetworkProxy)
		c.pass(10 * time.Minute)
	}
	want := []string{"500 connections are unhealthy for one cause: The company's proxy does not let it through"}
	if got := c.titles(); !slices.Equal(got, want) {
		t.Fatalf("it told %q", got)
	}
	for i := range all + 20 {
		c.set(name(i), host.HealthHealthy)
		if i%20 == 19 {
			c.now = c.now.Add(7 * time.Second)
			c.step()
		}
	}
	c.pass(time.Hour)
	want = append(want, "520 connections are healthy again")
	if got := c.titles(); !slices.Equal(got, want) {
		t.Fatalf("it told %q", got)
	}
	var hooks, mails []string
	for _, one := range hook.all() {
		hooks = append(hooks, one.event.Data.Title)
	}
	for _, one := range mail.all() {
		mails = append(mails, strings.TrimSpace(one.header("Subject")))
	}
	if !slices.Equal(hooks, want) || len(mails) != 2 {
		t.Errorf("the webhook got %q, the mail server %q", hooks, mails)
	}
	if event := hook.all()[0].event; event.Type != "connection.unhealthy" || event.Data.Count != all || event.Data.Cause != "network.proxy" ||
		len(event.Data.Connections) != 50 || event.Data.Link != "https://plumbline.example.com/connections?health=unhealthy" {
		t.Errorf("the event is %+v", event)
	}
}

// TestReceiversThatAreDownForAnHour has a mail server and a webhook receiver down for an hour, in which three things are told: each
// gets each message once, in order, when it is up again.
func TestReceiversThatAreDownForAnHour(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 10)
	hook, mail := newReceiver(t), newMailServer(t)
	added := c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook}, map[string]string{notification.SecretURL: hook.URL})
	c.add(mail.channel(), nil)
	refused := 0
	hook.answers(func(w http.ResponseWriter, _ *http.Request) bool {
		refused++
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	mail.set(true)
	causes := []diagnosis.CauseID{diagnosis.CauseCredentialExpired, diagnosis.CausePermissionMissing, diagnosis.CauseSettingWrong}
	for i, cause := range causes {
		c.fail(name(i), cause)
		c.pass(20 * time.Minute)
	}
	if got := len(c.titles()); got != 3 || refused < 5 || len(mail.all()) != 0 {
		t.Fatalf("%d notifications, %d refusals, %d letters", got, refused, len(mail.all()))
	}
	waiting := c.notify.List(1)[0].Deliveries
	if d := waiting[len(waiting)-1]; d.State != notification.DeliveryWaiting || d.Said == "" && d.Attempts > 0 || d.NextAt == nil {
		t.Errorf("a delivery that waits is %+v", d)
	}
	hook.answers(nil)
	mail.set(false)
	c.pass(16 * time.Minute)
	c.notify = c.open(c.notifications()) // a restart sends nothing again
	c.pass(24 * time.Hour)

	want := c.titles()
	var hooks, letters, keys, ids []string
	for _, one := range hook.all() {
		hooks, keys = append(hooks, one.event.Data.Title), append(keys, one.header.Get(send.HeaderID))
		at, err := strconv.ParseInt(one.header.Get(send.HeaderTimestamp), 10, 64)
		signature, _ := send.Sign(added.Signing, one.header.Get(send.HeaderID), time.Unix(at, 0), one.body)
		if err != nil || one.header.Get(send.HeaderSignature) != signature {
			t.Errorf("the signature is %q, not %q", one.header.Get(send.HeaderSignature), signature)
		}
	}
	for _, one := range mail.all() {
		letters, ids = append(letters, one.header("Subject")), append(ids, one.header("Message-ID"))
	}
	slices.Sort(keys)
	slices.Sort(ids)
	if !slices.Equal(hooks, want) || len(slices.Compact(keys)) != 3 {
		t.Errorf("the webhook got %q with the keys %q", hooks, keys)
	}
	if len(letters) != 3 || len(slices.Compact(ids)) != 3 {
		t.Errorf("the mail server got %q with the ids %q", letters, ids)
	}
	for _, n := range c.notify.List(10) {
		for _, d := range n.Deliveries {
			if d.State != notification.DeliveryDelivered || d.EndedAt == nil || d.NextAt != nil {
				t.Errorf("%s: the delivery to %s is %+v", n.Title, d.ChannelName, d)
			}
		}
	}
}

// TestKilledBetweenSendAndAcknowledgement starts again from the files as they are on the disk when the other side has taken a message
// and its answer is still on the way: each gets one repeat, with the key of the first.
func TestKilledBetweenSendAndAcknowledgement(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 3)
	hook, mail := newReceiver(t), newMailServer(t)
	c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook}, map[string]string{notification.SecretURL: hook.URL})
	c.add(mail.channel(), nil)
	killed := filepath.Join(t.TempDir(), "killed")
	once := make(chan struct{}, 1)
	copyFiles := func() {
		select {
		case once <- struct{}{}:
			if err := os.CopyFS(killed, os.DirFS(c.notifications())); err != nil {
				t.Error(err)
			}
		default:
		}
	}
	hook.answers(func(http.ResponseWriter, *http.Request) bool { copyFiles(); return false })
	mail.mu.Lock()
	mail.took = copyFiles
	mail.mu.Unlock()
	c.fail(name(0), diagnosis.CauseCredentialExpired)
	c.pass(time.Minute)
	if len(hook.all()) != 1 || len(mail.all()) != 1 {
		t.Fatalf("%d events and %d letters", len(hook.all()), len(mail.all()))
	}
	c.notify = c.open(killed)
	c.pass(4 * 24 * time.Hour)
	var keys, ids []string
	for _, one := range hook.all() {
		keys = append(keys, one.header.Get(send.HeaderID))
	}
	for _, one := range mail.all() {
		ids = append(ids, one.header("Message-ID"))
	}
	for what, got := range map[string][]string{"webhook": keys, "mail": ids} {
		if len(got) > 2 || len(slices.Compact(slices.Clone(got))) != 1 || got[0] == "" {
			t.Errorf("%s: the keys are %q", what, got)
		}
	}
	if len(keys)+len(ids) < 3 {
		t.Error("nothing was repeated, so this test kills at no such moment")
	}
	if got := len(c.titles()); got != 1 {
		t.Errorf("after the kill there are %d notifications", got)
	}
}

// TestAReceiverThatStaysDownIsGivenUp has every attempt fail for longer than is tried.
func TestAReceiverThatStaysDownIsGivenUp(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 1)
	hook := newReceiver(t)
	c.add(notification.Channel{Name: "Hook", Type: notification.ChannelWebhook},
		map[string]string{notification.SecretURL: hook.URL + "/secret-path"})
	hook.answers(func(w http.ResponseWriter, q *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "no backend for "+q.URL.Path)
		return true
	})
	c.fail(name(0), diagnosis.CauseCredentialExpired)
	c.pass(3 * 24 * time.Hour)
	of := func() notification.Delivery {
		for _, d := range c.notify.List(1)[0].Deliveries {
			if d.Type == notification.ChannelWebhook {
				return d
			}
		}
		return notification.Delivery{}
	}
	if d := of(); d.State != notification.DeliveryWaiting || strings.Contains(d.Said, "secret-path") || !strings.Contains(d.Said, "502") {
		t.Errorf("after three days it is %+v", d)
	}
	c.pass(2 * 24 * time.Hour)
	d := of()
	if d.State != notification.DeliveryGivenUp || !strings.Contains(d.Said, "given up after") || d.Attempts < 40 || d.Attempts > 100 {
		t.Errorf("after five days it is %+v", d)
	}
}

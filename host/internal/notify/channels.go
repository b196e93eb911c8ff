package notify

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
	"github.com/plumbline-dev/plumbline/host/notification"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Collections of the journal. Secrets are in a sealed file beside it.
const (
	CollectionChannel = "notification_channel"
	CollectionRules   = "notification_rules" // one document
)

// keyRules is the key of the only document of its collection.
const keyRules = "rules"

// DesktopChannel is the id of the channel of the desktop window. It is there without having been added.
const DesktopChannel = "desktop"

// secretsFile has the secrets of channels: by id of the channel, by name.
const secretsFile = "channels"

type secrets map[string]map[string]string

func (n *Notify) channels() *documents.Collection[notification.Channel] {
	return documents.NewCollection(n.config.Journal.Documents, CollectionChannel, func(c notification.Channel) string { return c.Name })
}

func (n *Notify) rules() *documents.Collection[notification.Rules] {
	return documents.NewCollection(n.config.Journal.Documents, CollectionRules, func(notification.Rules) string { return "rules" })
}

// Channels returns all channels, that of the desktop first, the others by name.
func (n *Notify) Channels() ([]notification.Channel, error) {
	stored, err := n.channels().List()
	if err != nil {
		return nil, err
	}
	all := []notification.Channel{{ID: DesktopChannel, Name: "Desktop", Type: notification.ChannelDesktop, Secrets: []host.SecretInfo{}}}
	for _, d := range stored {
		c := d.Value
		if c.ID, c.Revision = d.Key, d.Revision; c.Secrets == nil {
			c.Secrets = []host.SecretInfo{}
		}
		if d.Key == DesktopChannel {
			all[0] = c
			continue
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all[1:], func(a, b notification.Channel) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all, nil
}

// Channel returns the channel with an id or a name.
func (n *Notify) Channel(ref string) (notification.Channel, error) {
	all, err := n.Channels()
	if err != nil {
		return notification.Channel{}, err
	}
	for _, c := range all {
		if c.ID == ref || strings.EqualFold(c.Name, ref) {
			return c, nil
		}
	}
	return notification.Channel{}, host.NotFound("channel", ref, "Run `plumbline notification channel list` to see which there are.")
}

// Added is a new channel, with the secret for signatures when the host made it. It is shown this once.
type Added struct {
	notification.Channel
	Signing string `json:"signing,omitempty" doc:"Secret with which the receiver checks signatures, when the host made it; it is not shown again"`
}

// Add stores a new channel. The context names the actor.
func (n *Notify) Add(ctx context.Context, c notification.Channel, given map[string]string) (Added, error) {
	if c.Type == notification.ChannelDesktop {
		return Added{}, host.Refused(host.CodeConflict, "Edit the channel Desktop.", "there is one desktop channel already")
	}
	made := ""
	if c.Type == notification.ChannelWebhook && given[notification.SecretSigning] == "" {
		made = send.NewSigningSecret()
		given = maps.Clone(given)
		if given == nil {
			given = map[string]string{}
		}
		given[notification.SecretSigning] = made
	}
	c.ID, c.Revision, c.Secrets = strings.ToLower(rand.Text()[:12]), 0, nil
	c, err := n.store(ctx, c, given, 0)
	return Added{Channel: c, Signing: made}, err
}

// Edit replaces what a channel says. Secrets that are not given stay. IfRevision 0 = any. The context names the actor.
func (n *Notify) Edit(ctx context.Context, ref string, c notification.Channel, given map[string]string, ifRevision uint64) (
	notification.Channel, error,
) {
	stored, err := n.Channel(ref)
	if err != nil {
		return c, err
	}
	if c.Type != stored.Type {
		return c, host.Invalid("type", c.Type, "cannot be changed: add another channel")
	}
	if ifRevision != 0 && ifRevision != stored.Revision {
		return c, stale(fmt.Sprintf("channel %q was changed in the meantime", stored.Name), ifRevision)
	}
	c.ID, c.Secrets, c.Host = stored.ID, stored.Secrets, stored.Host
	return n.store(ctx, c, given, stored.Revision)
}

// Remove deletes a channel. What waits for it is given up. The context names the actor.
func (n *Notify) Remove(ctx context.Context, ref string) error {
	c, err := n.Channel(ref)
	if err != nil {
		return err
	}
	if c.ID == DesktopChannel {
		return host.Refused(host.CodeConflict, "Turn it off instead.", "the desktop channel cannot be removed")
	}
	if err := n.channels().Delete(ctx, c.ID, 0); err != nil {
		return err
	}
	defer n.changed(c.ID)
	return n.keep(func(all secrets) { delete(all, c.ID) })
}

// store validates a channel and stores it with its secrets: these first, so that a channel never lacks them.
func (n *Notify) store(ctx context.Context, c notification.Channel, given map[string]string, revision uint64) (
	notification.Channel, error,
) {
	if _, err := host.Acting(ctx); err != nil {
		return c, err
	}
	if err := c.Validate(); err != nil {
		return c, err
	}
	if err := n.named(c); err != nil {
		return c, err
	}
	if err := n.checkSecrets(&c, given); err != nil {
		return c, err
	}
	var before map[string]string
	err := n.keep(func(all secrets) {
		before = maps.Clone(all[c.ID])
		if all[c.ID] == nil {
			all[c.ID] = map[string]string{}
		}
		maps.Copy(all[c.ID], given)
		if len(all[c.ID]) == 0 {
			delete(all, c.ID)
		}
	})
	if err != nil {
		return c, err
	}
	actor, _ := host.Acting(ctx)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		c.Secrets = slices.DeleteFunc(slices.Clone(c.Secrets), func(s host.SecretInfo) bool { return s.Name == name })
		c.Secrets = append(c.Secrets, host.SecretInfo{Name: name, SetAt: n.config.Now().UTC(), SetBy: &actor})
	}
	if c.Secrets == nil {
		c.Secrets = []host.SecretInfo{}
	}
	d, err := n.channels().Put(ctx, c.ID, c, revision)
	if err != nil {
		back := n.keep(func(all secrets) {
			if all[c.ID] = before; before == nil {
				delete(all, c.ID)
			}
		})
		if back != nil {
			n.config.Logger.Error("put back the secrets of a channel", "channel", c.ID, "err", back)
		}
		return c, err
	}
	c.Revision = d.Revision
	n.changed(c.ID)
	return c, nil
}

// named refuses a name that another channel has.
func (n *Notify) named(c notification.Channel) error {
	all, err := n.Channels()
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID != c.ID && strings.EqualFold(other.Name, c.Name) {
			return host.Invalid("name", c.Name, "is the name of another channel")
		}
	}
	return nil
}

// checkSecrets validates the given secrets, and that those that a channel needs are given or stored. It takes over the host of an address.
func (n *Notify) checkSecrets(c *notification.Channel, given map[string]string) error {
	wanted := map[notification.ChannelType][]string{
		notification.ChannelSlack: {notification.SecretURL}, notification.ChannelEmail: {notification.SecretPassword},
		notification.ChannelWebhook: {notification.SecretURL, notification.SecretSigning},
	}[c.Type]
	var fields []host.FieldError
	wrong := func(name, rule string) {
		fields = append(fields, host.FieldError{Field: "secrets." + name, Message: rule})
	}
	for name, value := range given {
		switch rule := host.CheckSecret(value); {
		case !slices.Contains(wanted, name):
			wrong(name, "is no secret of a channel of this type")
		case rule != "":
			wrong(name, rule)
		case value == "":
			wrong(name, "is empty; leave it out to keep the stored one")
		case name == notification.SecretURL && sdk.AddressRule(value) != "":
			wrong(name, sdk.AddressRule(value))
		case name == notification.SecretSigning && send.SigningRule(value) != "":
			wrong(name, send.SigningRule(value))
		}
	}
	has := func(name string) bool {
		return given[name] != "" || slices.ContainsFunc(c.Secrets, func(s host.SecretInfo) bool { return s.Name == name })
	}
	for _, name := range wanted {
		optional := name == notification.SecretPassword && (c.Email == nil || c.Email.Username == "")
		if !optional && !has(name) && !slices.ContainsFunc(fields, func(f host.FieldError) bool { return f.Field == "secrets."+name }) {
			wrong(name, "is missing")
		}
	}
	if len(fields) > 0 {
		slices.SortFunc(fields, func(a, b host.FieldError) int { return cmp.Compare(a.Field, b.Field) })
		return host.InvalidFields(fields[0].Field+" "+fields[0].Message, fields)
	}
	if u, err := url.Parse(given[notification.SecretURL]); err == nil && u.Host != "" {
		c.Host = u.Hostname()
	}
	return nil
}

// keep changes the stored secrets.
func (n *Notify) keep(change func(secrets)) error {
	n.secretsMu.Lock()
	defer n.secretsMu.Unlock()
	all := secrets{}
	if err := n.box.read(secretsFile, &all); err != nil {
		return err
	}
	change(all)
	return n.box.write(secretsFile, all)
}

// secretsOf returns the secrets of a channel by name.
func (n *Notify) secretsOf(id string) (map[string]string, error) {
	n.secretsMu.Lock()
	defer n.secretsMu.Unlock()
	all := secrets{}
	err := n.box.read(secretsFile, &all)
	return all[id], err
}

// stale is the problem of a change to an outdated revision.
func stale(message string, have uint64) *host.Problem {
	p := host.Refused(host.CodeConflict, "Reload it and make the change again.", "%s", message)
	p.Fields = []host.FieldError{{Field: "revision", Message: "is not the latest", Value: have}}
	return p
}

// Rules returns the rules that hold.
func (n *Notify) Rules() (notification.Rules, error) {
	all, err := n.rules().List()
	if err != nil || len(all) == 0 {
		return notification.DefaultRules(), err
	}
	r := all[0].Value
	r.Revision = all[0].Revision
	return r, nil
}

// SetRules replaces the rules. IfRevision 0 = any. The context names the actor.
func (n *Notify) SetRules(ctx context.Context, r notification.Rules, ifRevision uint64) (notification.Rules, error) {
	if err := r.Validate(); err != nil {
		return r, err
	}
	before, err := n.Rules()
	if err != nil {
		return r, err
	}
	if ifRevision != 0 && ifRevision != before.Revision {
		return r, stale("the rules were changed in the meantime", ifRevision)
	}
	r.Revision = 0 // the document has it
	d, err := n.rules().Put(ctx, keyRules, r, before.Revision)
	if err != nil {
		return r, err
	}
	r.Revision = d.Revision
	n.changed(keyRules)
	return r, nil
}

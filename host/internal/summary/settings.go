package summary

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/summary/provider"
)

// keyOwner stands for the connection where the key is sealed.
const keyOwner = "host"

// stored returns the settings, with revision 0 when there are none.
func (k *Keeper) stored() (documents.Document[aisummary.Settings], error) {
	found, err := k.settings.Get(settingsKey)
	if host.IsNotFound(err) {
		return documents.Document[aisummary.Settings]{}, nil
	}
	return found, err
}

// Configuration returns what the summary is set to.
func (k *Keeper) Configuration() (aisummary.Configuration, error) {
	found, err := k.stored()
	if err != nil || found.Revision == 0 {
		return aisummary.Configuration{}, err
	}
	c := aisummary.Configuration{Configured: true, Settings: &found.Value, Revision: found.Revision}
	if _, err := k.key(found.Value); err != nil {
		c.Problem = host.AsProblem(err)
	}
	return c, nil
}

// key returns the provider's key; "" when none is stored.
func (k *Keeper) key(s aisummary.Settings) (string, error) {
	if s.KeySetAt == nil {
		return "", nil
	}
	sealed, err := k.config.Store.HostSecret(secretName)
	if err != nil {
		return "", err
	}
	plain, err := k.config.Key.Open(keyOwner, secretName, sealed)
	if err != nil {
		return "", host.Refused(aisummary.CodeKeyGone, "Give the key again in the settings of the AI Summary: keys are in no backup.",
			"the key of the AI Summary is not stored any more").Because(err)
	}
	return string(plain), nil
}

// edited returns settings with an edit, and the key that goes with them.
func (k *Keeper) edited(edit aisummary.Edit) (s aisummary.Settings, key string, before documents.Document[aisummary.Settings], err error) {
	if before, err = k.stored(); err != nil {
		return s, "", before, err
	}
	s = aisummary.Settings{
		Provider: edit.Provider, Address: strings.TrimSpace(edit.Address), Model: strings.TrimSpace(edit.Model),
		Seconds: cmp.Or(edit.Seconds, provider.UsualSeconds), Tokens: cmp.Or(edit.Tokens, provider.UsualTokens),
	}
	if err = provider.Check(s); err != nil {
		return s, "", before, err
	}
	switch {
	case edit.Key != nil:
		if rule := keyRule(*edit.Key); rule != "" {
			return s, "", before, host.Invalid("key", nil, rule)
		}
		return s, *edit.Key, before, nil
	case before.Revision == 0 || before.Value.KeySetAt == nil:
		return s, "", before, nil
	case before.Value.Provider != s.Provider || !sameOrigin(before.Value.Address, s.Address):
		return s, "", before, host.Invalid("key", nil, "must be given again, because the address or the provider is another one")
	}
	s.KeySetAt, s.KeySetBy = before.Value.KeySetAt, before.Value.KeySetBy
	key, err = k.key(before.Value)
	return s, key, before, err
}

// keyRule returns the rule that a key breaks, or "".
func keyRule(key string) string {
	if rule := host.CheckSecret(key); rule != "" {
		return rule
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "has a character that no key has, such as a space at its end"
	}
	return ""
}

// sameOrigin reports whether two addresses have one scheme, host and port.
func sameOrigin(a, b string) bool {
	first, err := url.Parse(a)
	if err != nil {
		return false
	}
	second, err := url.Parse(b)
	return err == nil && first.Scheme == second.Scheme && strings.EqualFold(first.Host, second.Host)
}

// Configure stores settings, and the key if the edit has one. The context names the actor.
func (k *Keeper) Configure(ctx context.Context, edit aisummary.Edit) (aisummary.Configuration, error) {
	s, key, before, err := k.edited(edit)
	if err != nil {
		return aisummary.Configuration{}, err
	}
	switch {
	case edit.Key == nil:
		_, err = k.settings.Put(ctx, settingsKey, s, before.Revision)
	case key == "":
		_, err = k.settings.PutWithSecret(ctx, settingsKey, s, before.Revision, secretName, nil)
	default:
		err = k.putWithKey(ctx, s, key, before.Revision)
	}
	if err != nil {
		return aisummary.Configuration{}, err
	}
	k.config.Events.Publish("summary", "", "configured")
	return k.Configuration()
}

func (k *Keeper) putWithKey(ctx context.Context, s aisummary.Settings, key string, revision uint64) error {
	by, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	sealed, err := k.config.Key.Seal(keyOwner, secretName, []byte(key))
	if err != nil {
		return err
	}
	at := k.config.Now().UTC()
	s.KeySetAt, s.KeySetBy = &at, &by
	_, err = k.settings.PutWithSecret(ctx, settingsKey, s, revision, secretName, sealed)
	return err
}

// TurnOff deletes the settings and the key. Summaries and feedback stay.
func (k *Keeper) TurnOff(ctx context.Context) error {
	found, err := k.stored()
	if err != nil || found.Revision == 0 {
		return err
	}
	if err := k.settings.DeleteWithSecret(ctx, settingsKey, secretName); err != nil {
		return err
	}
	k.config.Events.Publish("summary", "", "configured")
	return nil
}

// testSeconds bounds a test: it has to end while a request of the API is held.
const testSeconds = 20

// Test asks the model of some settings for one word and stores nothing. Nil tests what is stored.
func (k *Keeper) Test(ctx context.Context, edit *aisummary.Edit) (aisummary.Tested, error) {
	if edit == nil {
		found, err := k.stored()
		if err != nil {
			return aisummary.Tested{}, err
		}
		if found.Revision == 0 {
			return aisummary.Tested{}, off()
		}
		s := found.Value
		edit = &aisummary.Edit{Provider: s.Provider, Address: s.Address, Model: s.Model, Seconds: s.Seconds, Tokens: s.Tokens}
	}
	s, key, _, err := k.edited(*edit)
	if err != nil {
		return aisummary.Tested{}, err
	}
	s.Seconds = min(s.Seconds, testSeconds)
	began := k.config.Now()
	request := provider.Request{
		Settings: s, Key: key, System: "This is a test of a connection.", Message: "Answer with the word ok and nothing else.",
	}
	reply, err := k.client.Send(ctx, request, func(int) {})
	tested := aisummary.Tested{OK: err == nil, URL: provider.URL(s), Model: reply.Model, Seconds: k.config.Now().Sub(began).Seconds()}
	if err != nil {
		if ctx.Err() != nil {
			return tested, err
		}
		tested.Problem = host.AsProblem(err)
	}
	return tested, nil
}

// off is the problem of a request while no model is configured.
func off() *host.Problem {
	return host.Refused(aisummary.CodeOff, "Configure a provider under Settings, AI Summary, or with `plumbline summary configure`.",
		"no model is configured for the AI Summary")
}

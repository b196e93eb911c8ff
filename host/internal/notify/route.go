package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/notification"
)

// route returns the deliveries of a telling: one for each channel that takes it, and for each owner where a channel writes to owners.
func (t telling) route(n notification.Notification, channels []notification.Channel, at time.Time, quiet bool) (
	all []notification.Delivery,
) {
	for _, c := range channels {
		if !takes(c, t.kind, t.party(n)) {
			continue
		}
		for _, d := range t.recipients(c) {
			d.ID = key(n.ID, c.ID, d.To)
			d.Channel, d.ChannelName, d.Type, d.State, d.NextAt, d.Quiet = c.ID, c.Name, c.Type, notification.DeliveryWaiting, &at, quiet
			all = append(all, d)
		}
	}
	return all
}

// party is who can act: for a recovery, who could have.
func (t telling) party(n notification.Notification) string {
	if n.Who != "" {
		return string(n.Who)
	}
	if common, ok := wide[t.incident.Key]; ok {
		return string(common.Who)
	}
	return string(t.incident.Cause.Who)
}

// takes reports whether a channel takes a kind of notification on which a party can act.
func takes(c notification.Channel, kind notification.Kind, who string) bool {
	if c.Off || len(c.Kinds) > 0 && !slices.Contains(c.Kinds, kind) {
		return false
	}
	for _, party := range c.Who {
		if string(party) == who {
			return true
		}
	}
	return len(c.Who) == 0
}

// recipients returns a delivery for each set of recipients.
func (t telling) recipients(c notification.Channel) []notification.Delivery {
	if c.Type != notification.ChannelEmail || c.Email == nil {
		return []notification.Delivery{{}}
	}
	if !c.Email.ToOwner {
		return []notification.Delivery{{To: c.Email.To}}
	}
	byOwner := map[string]map[string]*member{}
	for id, m := range t.members {
		owner := notification.OwnerAddress(m.Owner)
		if byOwner[owner] == nil {
			byOwner[owner] = map[string]*member{}
		}
		byOwner[owner][id] = m
	}
	var all []notification.Delivery
	for owner, members := range byOwner {
		d := notification.Delivery{To: []string{owner}}
		if owner == "" {
			d.To = c.Email.To
		}
		if len(members) < len(t.members) {
			list := listed(members)
			d.Only, d.OnlyCount = first(list), len(list)
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b notification.Delivery) int { return strings.Compare(a.To[0], b.To[0]) })
	return all
}

// key is the idempotency key of a notification for a channel and recipients.
func key(id, channel string, to []string) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{id, channel}, to...), "\x00")))
	return "msg_" + hex.EncodeToString(sum[:16])
}

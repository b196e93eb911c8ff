package tenant

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Tenant is whose rate budget a connection's runs draw on, and what it allows.
type Tenant struct {
	Key   string // names it; never shown
	Name  string // names it to people, e.g. acme.okta.com
	Limit budget.Limit
	Runs  int  // of the connection's connector at one moment; 0 = as many as there may be
	Fixed bool // its connector does not learn when its part of the rate changes
}

// FixedRuns is how many runs of a tenant may go on, with it, when one begins whose
// connector does not learn of a change: it keeps one part of FixedRuns+1 of the rate.
const FixedRuns = 4

// AtOnce is how many runs of the tenant may go on at one moment; 0 = as many as there
// may be.
func (t Tenant) AtOnce() int {
	if !t.Fixed || t.Limit.Rate <= 0 {
		return t.Limit.Concurrent
	}
	if t.Limit.Concurrent == 0 {
		return FixedRuns
	}
	return min(t.Limit.Concurrent, FixedRuns)
}

// Rate is what an administrator allows an upstream, instead of what its connector says.
type Rate struct {
	pattern string // of the host, e.g. *.okta.com
	limit   budget.Limit
}

// ParseRates reads "acme.okta.com=5, *.okta.com=10/4": requests a second and, after
// the stroke, requests at one moment. 0 stands for no limit.
func ParseRates(text string) (rates []Rate, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		pattern, value, ok := strings.Cut(part, "=")
		perSecond, atOnce, both := strings.Cut(value, "/")
		r := Rate{pattern: strings.ToLower(strings.TrimSpace(pattern))}
		r.limit.Rate, err = strconv.ParseFloat(strings.TrimSpace(perSecond), 64)
		if err == nil && both {
			r.limit.Concurrent, err = strconv.Atoi(strings.TrimSpace(atOnce))
		}
		_, bad := path.Match(r.pattern, "")
		limited := r.limit.Rate >= 0 && r.limit.Rate <= 1e6 && r.limit.Concurrent >= 0 // false for NaN, too
		if !ok || err != nil || bad != nil || r.pattern == "" || !limited {
			return nil, fmt.Errorf("must be HOST=REQUESTS_PER_SECOND or HOST=REQUESTS_PER_SECOND/AT_ONCE, separated by commas, "+
				"such as acme.okta.com=5, *.example.com=2.5/4, not %q", part)
		}
		rates = append(rates, r)
	}
	return rates, nil
}

// rateOf returns what the administrator allows a host: the longest pattern wins,
// a whole name before any.
func rateOf(rates []Rate, hostname string) (limit budget.Limit, set bool) {
	length := -1
	for _, r := range rates {
		whole := r.pattern == hostname
		if matched, err := path.Match(r.pattern, hostname); err != nil || !matched && !whole {
			continue
		}
		if whole {
			return r.limit, true
		}
		if len(r.pattern) > length {
			limit, set, length = r.limit, true, len(r.pattern)
		}
	}
	return limit, set
}

// Finder finds the tenant of a connection.
type Finder struct {
	Vault setting.Vault
	Rates []Rate
}

// Of returns the tenant of a connection: the upstream's host with the settings that
// name the tenant or, without them, with a fingerprint of its credential. A connector
// that talks to no host has none.
func (f Finder) Of(connector host.Connector, connection host.Connection) Tenant {
	tenant := Tenant{Runs: connector.Limits.ConcurrentRuns, Fixed: !slices.Contains(connector.Capabilities, sdk.CapabilityLease)}
	var settings map[string]any
	if err := json.Unmarshal(connection.Settings, &settings); err != nil {
		return tenant // the run says what is wrong with them
	}
	upstream := upstreamOf(connector, settings)
	if upstream == "" {
		return tenant
	}
	named := namedTenant(connector.Limits.TenantSettings, settings)
	tenant.Name, tenant.Key = upstream, upstream+"\x00settings\x00"+named
	if named == "" {
		tenant.Key = upstream + "\x00credential\x00" + f.fingerprint(connection.ID, connector)
	} else if !strings.Contains(upstream, named) && named != upstream {
		tenant.Name += " (" + named + ")"
	}
	tenant.Limit = budget.Limit{Rate: connector.Limits.RequestsPerSecond, Concurrent: connector.Limits.ConcurrentRequests}
	if limit, set := rateOf(f.Rates, upstream); set {
		tenant.Limit = limit
	}
	return tenant
}

// upstreamOf returns the host a connection talks to: the one that a setting names,
// else the first that is always the same; "" for none.
func upstreamOf(connector host.Connector, settings map[string]any) string {
	fixed := ""
	for _, n := range connector.Network {
		name, fromSetting := strings.CutPrefix(n.Host, "{")
		if !fromSetting {
			if fixed == "" {
				fixed = strings.ToLower(n.Host)
			}
			continue
		}
		if value := hostIn(settings[strings.TrimSuffix(name, "}")]); value != "" {
			return value
		}
	}
	return fixed
}

// hostIn returns the host that a setting holds: a name, an address with a scheme,
// or a list that begins with one.
func hostIn(setting any) string {
	if list, ok := setting.([]any); ok && len(list) > 0 {
		setting = list[0]
	}
	text, ok := setting.(string)
	if !ok {
		return ""
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return strings.ToLower(u.Host)
	}
	text, _, _ = strings.Cut(text, "/")
	return strings.ToLower(strings.TrimSpace(text))
}

// namedTenant joins the settings that name the tenant; "" when one is missing.
func namedTenant(names []string, settings map[string]any) string {
	parts := make([]string, 0, len(names))
	for _, name := range names {
		value, ok := settings[name]
		if !ok || value == "" {
			return ""
		}
		if text := hostIn(value); text != "" {
			value = text
		}
		parts = append(parts, fmt.Sprint(value))
	}
	return strings.Join(parts, ", ")
}

// fingerprint returns a keyed hash of a connection's secrets: the same for the same
// secrets, and useless without this directory's key. It never leaves memory.
func (f Finder) fingerprint(connection string, connector host.Connector) string {
	secrets, err := f.Vault.Unseal(connection, connector)
	if err != nil || len(secrets) == 0 {
		return ""
	}
	key, err := hkdf.Key(sha256.New, f.Vault.Key.StoreKey(), nil, "plumbline credential fingerprint", 32)
	if err != nil {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		fmt.Fprintf(mac, "%q=%q;", name, secrets[name])
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

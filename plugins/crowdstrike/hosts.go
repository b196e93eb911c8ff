package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const (
	scrollRows  = 5000 // Falcon's maximum
	hostBatch   = 1000 // Falcon takes 5,000 ids, but the answer would be too large
	hostBatches = 4    // at the same time
)

// hostReader is one read of the stream hosts.
type hostReader struct {
	*falcon
	session  *sdk.Session
	out      *sdk.Output
	policies map[string]kind.Tri // by id, whether the policy blocks malware

	mu   sync.Mutex
	lost []string // ids without details and without a reason
	why  *sdk.Error
}

// readHostStream reads the ids of all hosts first, because the pointer to the next page holds for two minutes, and then
// their details.
func readHostStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	f, err := sdk.From[*falcon](s)
	if err != nil {
		return err
	}
	r := hostReader{falcon: f, session: s, out: out}
	ids, err := r.ids(ctx)
	if err != nil {
		return err
	}
	out.Expect(len(ids))
	if r.policies, err = r.preventionPolicies(ctx); err != nil {
		return err
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(hostBatches)
	for batch := range slices.Chunk(ids, hostBatch) {
		group.Go(func() error { return r.batch(inner, batch) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if len(r.lost) > 0 {
		slices.Sort(r.lost)
		out.Gap("details of hosts", r.why.WithDetail(fmt.Sprintf("%d hosts, such as %s", len(r.lost), r.lost[0])))
	}
	return nil
}

// ids lists the hosts. The pointer to the next page may stay the same from page to page, so a repeated page shows in
// its content.
func (r *hostReader) ids(ctx context.Context) ([]string, error) {
	var pages sdk.Pages
	var ids []string
	known := map[string]bool{}
	query := url.Values{"limit": {strconv.Itoa(scrollRows)}}
	for page := 1; ; page++ {
		a, err := r.get(ctx, "/devices/queries/devices-scroll/v1", query)
		if err != nil {
			return nil, err
		}
		fresh, err := texts(a.Resources)
		if err != nil {
			return nil, err
		}
		if err := pages.Saw(strconv.Itoa(page), []byte(strings.Join(fresh, "\n"))); err != nil {
			return nil, err
		}
		for _, id := range fresh {
			if !known[id] {
				known[id] = true
				ids = append(ids, id)
			}
		}
		next, total := string(a.Meta.Pagination.Offset), a.Meta.Pagination.Total
		if len(fresh) > 0 && next != "" && (total == nil || len(ids) < *total) {
			query.Set("offset", next)
			continue
		}
		if total != nil && len(ids) < *total {
			r.out.Gap("hosts", sdk.Errorf(sdk.CodeUpstreamInvalidResponse,
				"the list of hosts is not whole: it has %d hosts, and its total is %d", len(ids), *total))
		}
		return ids, nil
	}
}

// texts reads a list of ids.
func texts(rows []json.RawMessage) ([]string, error) {
	all := make([]string, 0, len(rows))
	for _, raw := range rows {
		var id text
		if err := json.Unmarshal(raw, &id); err != nil || id == "" {
			return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "an answer of Falcon has something other than an id in its list of ids")
		}
		all = append(all, string(id))
	}
	return all, nil
}

// batch reads the details of some hosts.
func (r *hostReader) batch(ctx context.Context, ids []string) error {
	a, err := r.entities(ctx, "/devices/entities/devices/v2", ids)
	if err != nil {
		if endsStream(err) {
			return err
		}
		r.lose(ids, sdk.AsError(err))
		return nil
	}
	missing := map[string]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	for _, raw := range a.Resources {
		device, err := toDevice(raw, r.policies)
		if err != nil {
			return err
		}
		delete(missing, device.ExternalID)
		if err := r.out.PutOrGap(device.ExternalID, device); err != nil {
			return err
		}
	}
	r.explainMissing(a, missing)
	return nil
}

// explainMissing notes the hosts without details. A host that Falcon reports as not found was removed after the list
// was read, and is left out. Every other one is a gap.
func (r *hostReader) explainMissing(a answer, missing map[string]bool) {
	why := sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "Falcon lists hosts and does not return their details")
	for _, p := range a.Errors {
		if p.ID != "" && p.Code == 404 {
			delete(missing, string(p.ID))
			continue
		}
		why = a.problem(p)
	}
	ids := make([]string, 0, len(missing))
	for id := range missing {
		ids = append(ids, id)
	}
	r.lose(ids, why)
}

func (r *hostReader) lose(ids []string, why *sdk.Error) {
	if len(ids) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, ids...)
	r.why = why
}

// host is a host's detail. Only these fields have a meaning for the record; the others stay in its vendor document.
type host struct {
	DeviceID     text `json:"device_id"`
	Hostname     text `json:"hostname"`
	Serial       text `json:"serial_number"`
	Manufacturer text `json:"system_manufacturer"`
	Model        text `json:"system_product_name"`
	Platform     text `json:"platform_name"`
	OSVersion    text `json:"os_version"`
	Kernel       text `json:"kernel_version"`
	LastSeen     text `json:"last_seen"`
	LastReboot   text `json:"last_reboot"`
	Reduced      text `json:"reduced_functionality_mode"`
	Policies     struct {
		Prevention *policyState `json:"prevention"`
	} `json:"device_policies"`
}

// policyState says which policy a host has, and whether the sensor uses it already.
type policyState struct {
	ID      text  `json:"policy_id"`
	Applied *bool `json:"applied"`
}

// volatile are the fields of a host that change by themselves.
var volatile = []string{
	"agent_local_time", "connection_ip", "connection_mac_address", "default_gateway_ip", "external_ip", "last_login_timestamp",
	"last_login_uid", "last_login_user", "last_login_user_sid", "last_reboot", "last_seen", "local_ip", "meta", "modified_timestamp",
	"slow_changing_modified_timestamp",
}

func toDevice(raw json.RawMessage, policies map[string]kind.Tri) (kind.Device, error) {
	var h host
	if err := json.Unmarshal(raw, &h); err != nil {
		return kind.Device{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "the details of a host are not as documented").Because(err)
	}
	os := string(h.Platform)
	if os == "Mac" {
		os = "macOS"
	}
	return kind.Device{
		ExternalID: string(h.DeviceID), Hostname: string(h.Hostname), Serial: string(h.Serial),
		Manufacturer: string(h.Manufacturer), Model: string(h.Model), OSName: os, OSVersion: string(h.OSVersion), Kernel: string(h.Kernel),
		Antivirus: h.antivirus(policies), LastBootAt: h.LastReboot.Time().CutTo(time.Minute), LastSeenAt: h.LastSeen.Time().CutTo(24 * time.Hour),
		Vendor: field.Omit(raw, volatile...),
	}, nil
}

// antivirus is known when the sensor works fully and uses a prevention policy whose settings were read.
func (h host) antivirus(policies map[string]kind.Tri) kind.Tri {
	p := h.Policies.Prevention
	if p == nil || p.Applied == nil || !*p.Applied || !strings.EqualFold(string(h.Reduced), "no") {
		return kind.Unknown
	}
	return policies[string(p.ID)]
}

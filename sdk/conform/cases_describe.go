package conform

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// describeCases are about what a connector says of itself.
func describeCases() []Case {
	return []Case{
		{"D1", Must, "describes itself in the same bytes every time", tryDeterministic},
		{"D2", Must, "ids and version are well formed", onDescribe(checkIDs)},
		{"D3", Must, "the config schema is one the host can show", onDescribe(checkSchema)},
		{"D4", Must, "settings that look like secrets are marked as such", onDescribe(checkSecrets)},
		{"D5", Must, "every stream says how removals become visible", onDescribe(checkDeletes)},
		{"D6", Must, "every stream carries a kind of the host", onDescribe(checkKinds)},
		{"D7", Must, "permissions are declared and explained", onDescribe(checkPermissions)},
		{"D8", Must, "network hosts are declared and explained", onDescribe(checkNetwork)},
		{"D9", Must, "steps are unique and cover every stream", onDescribe(checkSteps)},
		{"D10", Must, "nothing is taken away within a major version", tryPrevious},
		{"D11", Must, "fields and words it does not know are passed over", tryUnknown},
	}
}

// describe starts the program, asks and stops it.
func (k *kit) describe(ctx context.Context) (*connectorv1.DescribeResponse, error) {
	s, err := k.open(ctx, launch{})
	if err != nil {
		return nil, err
	}
	d, err := s.Describe(ctx, &connectorv1.DescribeRequest{HostVersion: "1.0.0"})
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	return d, s.stop(ctx)
}

// onDescribe makes a case of a check of the descriptor.
func onDescribe(check func(d *connectorv1.DescribeResponse) []error) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error {
		d, err := k.describe(ctx)
		if err != nil {
			return err
		}
		return errors.Join(check(d)...)
	}
}

func tryDeterministic(ctx context.Context, k *kit) error {
	var first []byte
	for range 2 { // starts
		s, err := k.open(ctx, launch{})
		if err != nil {
			return err
		}
		for range 2 { // calls
			d, err := s.Describe(ctx, &connectorv1.DescribeRequest{})
			if err != nil {
				return fmt.Errorf("describe: %w", err)
			}
			raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(d)
			if err != nil {
				return fmt.Errorf("encode descriptor: %w", err)
			}
			if first == nil {
				first = raw
			}
			if string(raw) != string(first) {
				return errors.New("two answers differ")
			}
		}
		if err := s.stop(ctx); err != nil {
			return err
		}
	}
	return nil
}

func checkIDs(d *connectorv1.DescribeResponse) []error {
	id := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	version := regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !id.MatchString(d.GetId()) {
		wrong("id %q", d.GetId())
	}
	if !version.MatchString(d.GetVersion()) {
		wrong("version %q is no semantic version", d.GetVersion())
	}
	if d.GetName() == "" || d.GetSummary() == "" || d.GetVendor() == "" || d.GetSdk() == "" || len(d.GetCategories()) == 0 {
		wrong("name, summary, vendor, sdk and a category are wanted")
	}
	seen := map[string]bool{}
	for _, s := range d.GetStreams() {
		if !name.MatchString(s.GetName()) || seen[s.GetName()] || s.GetTitle() == "" {
			wrong("stream %q: its name is malformed or taken, or it has no title", s.GetName())
		}
		seen[s.GetName()] = true
	}
	if len(seen) == 0 {
		wrong("no streams")
	}
	return errs
}

func checkSchema(d *connectorv1.DescribeResponse) []error {
	if _, err := schema.Compile(d.GetConfigSchema()); err != nil {
		return []error{err}
	}
	s, err := readSettingsSchema(d)
	if err != nil {
		return []error{err}
	}
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.Type != "object" {
		wrong("its type is %q, not object", s.Type)
	}
	for _, p := range s.all() {
		if p.Title == "" {
			wrong("setting %q has no title", p.name)
		}
		if !slices.Contains([]string{"string", "integer", "number", "boolean", "array", "object"}, p.Type) {
			wrong("setting %q has type %q", p.name, p.Type)
		}
		if p.WriteOnly && (p.Type != "string" || p.Default != nil || len(p.Examples) > 0) {
			wrong("secret %q is no string, or has a default or an example", p.name)
		}
		if strings.ContainsAny(p.name, "/~") {
			wrong("setting %q has a / or ~ in its name", p.name)
		}
	}
	for _, name := range s.Required {
		if _, known := s.Properties[name]; !known {
			wrong("required setting %q is not described", name)
		}
	}
	return errs
}

func checkSecrets(d *connectorv1.DescribeResponse) []error {
	s, err := readSettingsSchema(d)
	if err != nil {
		return []error{err}
	}
	suspect := regexp.MustCompile(`(?i)(secret|passw|passphrase|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)`)
	harmless := regexp.MustCompile(`(?i)[_-](url|uri|host|path|file|name|id|type|field|header|days|hours|minutes|seconds|ttl)$`)
	var errs []error
	for _, p := range s.all() {
		if p.WriteOnly || p.Type != "string" {
			continue
		}
		if suspect.MatchString(p.name) && !harmless.MatchString(p.name) {
			errs = append(errs, fmt.Errorf("setting %q looks like a secret and is not writeOnly", p.name))
		}
		for _, example := range append(p.Examples, p.Default) {
			if text, isText := example.(string); isText && looksRandom(text) {
				errs = append(errs, fmt.Errorf("setting %q shows %q, which looks like a secret", p.name, cut(text)))
			}
		}
	}
	return errs
}

// looksRandom reports whether text could be a key: long, in one piece, mixed and
// evenly spread over its letters.
func looksRandom(text string) bool {
	if len(text) < 20 || strings.ContainsAny(text, " /:@.,=") {
		return false
	}
	if !strings.ContainsAny(text, "0123456789") || strings.ToLower(text) == text && !isHex(text) {
		return false
	}
	counts := map[rune]float64{}
	for _, r := range text {
		counts[r]++
	}
	entropy := 0.0
	for _, n := range counts {
		share := n / float64(len(text))
		entropy -= share * math.Log2(share)
	}
	return entropy > 3
}

func isHex(text string) bool { return strings.Trim(text, "0123456789abcdef") == "" }

func checkDeletes(d *connectorv1.DescribeResponse) []error {
	var errs []error
	for _, s := range d.GetStreams() {
		if _, known := connectorv1.DeleteVisibility_name[int32(s.GetDeletes())]; !known || s.GetDeletes() == connectorv1.DeleteVisibility_DELETE_VISIBILITY_UNSPECIFIED {
			errs = append(errs, fmt.Errorf("stream %q says %s", s.GetName(), s.GetDeletes()))
		}
	}
	return errs
}

func checkKinds(d *connectorv1.DescribeResponse) []error {
	var errs []error
	for _, s := range d.GetStreams() {
		k := kind.Kind(s.GetKind())
		if !slices.Contains(kind.Kinds(), k) {
			errs = append(errs, fmt.Errorf("stream %q carries %q, which is no kind", s.GetName(), s.GetKind()))
		}
	}
	return errs
}

func checkPermissions(d *connectorv1.DescribeResponse) []error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	declared, streams := map[string]bool{}, map[string]bool{}
	for _, s := range d.GetStreams() {
		streams[s.GetName()] = true
	}
	for _, p := range d.GetPermissions() {
		if p.GetId() == "" || declared[p.GetId()] || p.GetReason() == "" || len(p.GetStreams()) == 0 {
			wrong("permission %q: its id is empty or taken, or it says not why or what for", p.GetId())
		}
		declared[p.GetId()] = true
		for _, name := range p.GetStreams() {
			if !streams[name] {
				wrong("permission %q unlocks stream %q, which does not exist", p.GetId(), name)
			}
		}
	}
	for _, s := range d.GetStreams() {
		for _, id := range s.GetPermissions() {
			if !declared[id] {
				wrong("stream %q needs permission %q, which is not declared", s.GetName(), id)
			}
		}
	}
	return errs
}

func checkNetwork(d *connectorv1.DescribeResponse) []error {
	s, err := readSettingsSchema(d)
	if err != nil {
		return []error{err}
	}
	name := regexp.MustCompile(`^(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}$`)
	setting := regexp.MustCompile(`^\{([^{}]+)\}$`)
	var errs []error
	for _, n := range d.GetNetwork() {
		if n.GetPurpose() == "" {
			errs = append(errs, fmt.Errorf("host %q has no purpose", n.GetHost()))
		}
		if found := setting.FindStringSubmatch(n.GetHost()); found != nil {
			if _, known := s.Properties[found[1]]; !known {
				errs = append(errs, fmt.Errorf("host %q names a setting that does not exist", n.GetHost()))
			}
		} else if !name.MatchString(n.GetHost()) {
			errs = append(errs, fmt.Errorf("host %q is no name, *.name or {setting}", n.GetHost()))
		}
		if n.GetPort() > 65535 {
			errs = append(errs, fmt.Errorf("host %q has port %d", n.GetHost(), n.GetPort()))
		}
	}
	return errs
}

func checkSteps(d *connectorv1.DescribeResponse) []error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	ids, covered := map[string]bool{}, map[string]int{}
	for _, step := range d.GetSteps() {
		if step.GetId() == "" || ids[step.GetId()] || step.GetTitle() == "" {
			wrong("step %q: its id is empty or taken, or it has no title", step.GetId())
		}
		ids[step.GetId()] = true
		if step.GetStream() != "" {
			covered[step.GetStream()]++
		}
	}
	for _, s := range d.GetStreams() {
		if covered[s.GetName()] != 1 {
			wrong("stream %q has %d steps instead of one", s.GetName(), covered[s.GetName()])
		}
		delete(covered, s.GetName())
	}
	for name := range covered {
		wrong("a step reads stream %q, which does not exist", name)
	}
	return errs
}

func tryPrevious(ctx context.Context, k *kit) error {
	if k.Previous == nil {
		return notTried("no descriptor of the last release was given")
	}
	now, err := k.describe(ctx)
	if err != nil {
		return err
	}
	if major(now.GetVersion()) > major(k.Previous.GetVersion()) {
		return nil
	}
	return errors.Join(takenAway(k.Previous, now)...)
}

func major(version string) int {
	n := 0
	_, _ = fmt.Sscanf(version, "%d.", &n)
	return n
}

// takenAway returns what now no longer has of what before promised.
func takenAway(before, now *connectorv1.DescribeResponse) []error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	kinds := map[string]string{}
	for _, s := range now.GetStreams() {
		kinds[s.GetName()] = s.GetKind()
	}
	for _, s := range before.GetStreams() {
		if kinds[s.GetName()] != s.GetKind() {
			wrong("stream %q carried %s and carries %q now", s.GetName(), s.GetKind(), kinds[s.GetName()])
		}
	}
	old, err := readSettingsSchema(before)
	if err != nil {
		return append(errs, err)
	}
	s, err := readSettingsSchema(now)
	if err != nil {
		return append(errs, err)
	}
	for _, name := range s.Required {
		if !slices.Contains(old.Required, name) {
			wrong("setting %q is required now", name)
		}
	}
	for _, p := range old.all() {
		q, still := s.Properties[p.name]
		if !still || q.Type != p.Type {
			wrong("setting %q was %s and is %q now", p.name, p.Type, q.Type)
		}
		for _, value := range p.Enum {
			if len(q.Enum) > 0 && !slices.Contains(q.Enum, value) {
				wrong("setting %q no longer takes %v", p.name, value)
			}
		}
	}
	return errs
}

func tryUnknown(ctx context.Context, k *kit) error {
	s, err := k.open(ctx, launch{})
	if err != nil {
		return err
	}
	plain, err := s.Describe(ctx, &connectorv1.DescribeRequest{})
	if err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	later := &connectorv1.DescribeRequest{HostVersion: "999.0.0+later"}
	addUnknown(later)
	d, err := s.Describe(ctx, later)
	if err != nil {
		return fmt.Errorf("describe for a later host: %w", err)
	}
	if !proto.Equal(plain, d) {
		return errors.New("it describes itself differently to a later host")
	}
	request := &connectorv1.CheckRequest{Credentials: &connectorv1.Credentials{Settings: k.settings, Secrets: k.Secrets}}
	addUnknown(request)
	addUnknown(request.Credentials)
	_, err = receiveCheck(ctx, s, request)
	return err
}

// addUnknown adds a field that no version of the protocol has.
func addUnknown(m proto.Message) {
	raw := protowire.AppendTag(nil, 19_000-1, protowire.BytesType)
	m.ProtoReflect().SetUnknown(protowire.AppendString(raw, "a word of tomorrow"))
}

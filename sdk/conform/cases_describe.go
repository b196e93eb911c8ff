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

// describeCases are about the descriptor.
func describeCases() []Case {
	return []Case{
		{"D1", Must, "describes itself in the same bytes every time", tryDeterministic},
		{"D2", Must, "ids and version are well formed", onDescribe(checkIDs)},
		{"D3", Must, "the host can show the config schema as a form", onSettings(checkSchema)},
		{"D4", Must, "settings that seem to be secrets are marked as such", onSettings(checkSecrets)},
		{"D5", Must, "every stream says how removals become visible", onDescribe(checkDeletes)},
		{"D6", Must, "every stream has a kind that the host knows", onDescribe(checkKinds)},
		{"D7", Must, "permissions are declared and explained", onDescribe(checkPermissions)},
		{"D8", Must, "network hosts are declared and explained", onSettings(checkNetwork)},
		{"D9", Must, "steps are unique and cover every stream", onDescribe(checkSteps)},
		{"D10", Must, "nothing is removed within a major version", tryPrevious},
		{"D11", Must, "it ignores fields and words that it does not know", tryUnknown},
	}
}

// describe starts the program, gets its descriptor and stops it.
func (k *kit) describe(ctx context.Context, l launch) (*connectorv1.DescribeResponse, error) {
	s, err := k.open(ctx, l)
	if err != nil {
		return nil, err
	}
	d, err := s.Describe(ctx, &connectorv1.DescribeRequest{HostVersion: "1.0.0"})
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	return d, s.stop(ctx)
}

// mistakes collects the mistakes of a descriptor.
type mistakes []error

func (f *mistakes) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

// onDescribe makes a case of a check of the descriptor.
func onDescribe(check func(d *connectorv1.DescribeResponse, f *mistakes)) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error {
		d, err := k.describe(ctx, launch{})
		if err != nil {
			return err
		}
		var found mistakes
		check(d, &found)
		return errors.Join(found...)
	}
}

// onSettings is onDescribe for a check that reads the config schema.
func onSettings(check func(d *connectorv1.DescribeResponse, s settingsSchema, f *mistakes)) func(context.Context, *kit) error {
	return onDescribe(func(d *connectorv1.DescribeResponse, f *mistakes) {
		if s, err := readSettingsSchema(d); err != nil {
			f.add("%w", err)
		} else {
			check(d, s, f)
		}
	})
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

func checkIDs(d *connectorv1.DescribeResponse, f *mistakes) {
	id := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	version := regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	if !id.MatchString(d.GetId()) {
		f.add("id %q", d.GetId())
	}
	if !version.MatchString(d.GetVersion()) {
		f.add("version %q is not a semantic version", d.GetVersion())
	}
	if d.GetName() == "" || d.GetSummary() == "" || d.GetVendor() == "" || d.GetSdk() == "" || len(d.GetCategories()) == 0 {
		f.add("it must have a name, a summary, a vendor, an sdk and a category")
	}
	seen := map[string]bool{}
	for _, s := range d.GetStreams() {
		if !name.MatchString(s.GetName()) || seen[s.GetName()] || s.GetTitle() == "" {
			f.add("stream %q: its name is malformed or taken, or it has no title", s.GetName())
		}
		seen[s.GetName()] = true
	}
	if len(seen) == 0 {
		f.add("no streams")
	}
}

func checkSchema(d *connectorv1.DescribeResponse, s settingsSchema, f *mistakes) {
	if _, err := schema.Compile(d.GetConfigSchema()); err != nil {
		f.add("%w", err)
	}
	if s.Type != "object" {
		f.add("its type is %q, not object", s.Type)
	}
	for _, p := range s.all() {
		if p.Title == "" {
			f.add("setting %q has no title", p.name)
		}
		if !slices.Contains([]string{"string", "integer", "number", "boolean", "array", "object"}, p.Type) {
			f.add("setting %q has type %q", p.name, p.Type)
		}
		if p.WriteOnly && (p.Type != "string" || p.Default != nil || len(p.Examples) > 0) {
			f.add("secret %q is not a string, or has a default or an example", p.name)
		}
		if strings.ContainsAny(p.name, "/~") {
			f.add("setting %q has a / or ~ in its name", p.name)
		}
	}
	for _, name := range s.Required {
		if _, known := s.Properties[name]; !known {
			f.add("required setting %q is not described", name)
		}
	}
}

func checkSecrets(_ *connectorv1.DescribeResponse, s settingsSchema, f *mistakes) {
	suspect := regexp.MustCompile(`(?i)(secret|passw|passphrase|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)`)
	harmless := regexp.MustCompile(`(?i)[_-](url|uri|host|path|file|name|id|type|field|header|days|hours|minutes|seconds|ttl)$`)
	for _, p := range s.all() {
		if p.WriteOnly || p.Type != "string" {
			continue
		}
		if suspect.MatchString(p.name) && !harmless.MatchString(p.name) {
			f.add("setting %q seems to be a secret and is not writeOnly", p.name)
		}
		for _, example := range append(p.Examples, p.Default) {
			if text, isText := example.(string); isText && seemsRandom(text) {
				f.add("setting %q shows %q, which seems to be a secret", p.name, cut(text))
			}
		}
	}
}

// seemsRandom reports whether text could be a key: long, without separators, with mixed and
// evenly distributed characters.
func seemsRandom(text string) bool {
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

func checkDeletes(d *connectorv1.DescribeResponse, f *mistakes) {
	for _, s := range d.GetStreams() {
		_, known := connectorv1.DeleteVisibility_name[int32(s.GetDeletes())]
		if !known || s.GetDeletes() == connectorv1.DeleteVisibility_DELETE_VISIBILITY_UNSPECIFIED {
			f.add("stream %q declares %s", s.GetName(), s.GetDeletes())
		}
	}
}

func checkKinds(d *connectorv1.DescribeResponse, f *mistakes) {
	for _, s := range d.GetStreams() {
		if !slices.Contains(kind.Kinds(), kind.Kind(s.GetKind())) {
			f.add("stream %q has %q, which is not a kind", s.GetName(), s.GetKind())
		}
	}
}

func checkPermissions(d *connectorv1.DescribeResponse, f *mistakes) {
	declared, streams := map[string]bool{}, map[string]bool{}
	for _, s := range d.GetStreams() {
		streams[s.GetName()] = true
	}
	for _, p := range d.GetPermissions() {
		if p.GetId() == "" || declared[p.GetId()] || p.GetReason() == "" || len(p.GetStreams()) == 0 {
			f.add("permission %q: its id is empty or taken, or it has no reason or no streams", p.GetId())
		}
		declared[p.GetId()] = true
		for _, name := range p.GetStreams() {
			if !streams[name] {
				f.add("permission %q unlocks stream %q, which does not exist", p.GetId(), name)
			}
		}
	}
	for _, s := range d.GetStreams() {
		for _, id := range s.GetPermissions() {
			if !declared[id] {
				f.add("stream %q needs permission %q, which is not declared", s.GetName(), id)
			}
		}
	}
}

func checkNetwork(d *connectorv1.DescribeResponse, s settingsSchema, f *mistakes) {
	name := regexp.MustCompile(`^(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}$`)
	setting := regexp.MustCompile(`\{([^{}]+)\}`)
	for _, n := range d.GetNetwork() {
		if n.GetPurpose() == "" {
			f.add("host %q has no purpose", n.GetHost())
		}
		for _, found := range setting.FindAllStringSubmatch(n.GetHost(), -1) {
			if _, known := s.Properties[found[1]]; !known {
				f.add("host %q names a setting that does not exist", n.GetHost())
			}
		}
		if !name.MatchString(setting.ReplaceAllString(n.GetHost(), "a.example")) {
			f.add("host %q is not a name, *.name, {setting} or a name with a {setting} in it", n.GetHost())
		}
		if n.GetPort() > 65535 {
			f.add("host %q has port %d", n.GetHost(), n.GetPort())
		}
	}
}

func checkSteps(d *connectorv1.DescribeResponse, f *mistakes) {
	ids, covered := map[string]bool{}, map[string]int{}
	for _, step := range d.GetSteps() {
		if step.GetId() == "" || ids[step.GetId()] || step.GetTitle() == "" {
			f.add("step %q: its id is empty or taken, or it has no title", step.GetId())
		}
		ids[step.GetId()] = true
		if step.GetStream() != "" {
			covered[step.GetStream()]++
		}
	}
	for _, s := range d.GetStreams() {
		if covered[s.GetName()] != 1 {
			f.add("stream %q has %d steps instead of one", s.GetName(), covered[s.GetName()])
		}
		delete(covered, s.GetName())
	}
	for name := range covered {
		f.add("a step reads stream %q, which does not exist", name)
	}
}

func tryPrevious(ctx context.Context, k *kit) error {
	if k.Previous == nil {
		return notTried("no descriptor of the last release was given")
	}
	now, err := k.describe(ctx, launch{})
	if err != nil || major(now.GetVersion()) > major(k.Previous.GetVersion()) {
		return err
	}
	return errors.Join(removed(k.Previous, now)...)
}

func major(version string) int {
	n := 0
	_, _ = fmt.Sscanf(version, "%d.", &n)
	return n
}

// removed returns what before declared and now does not.
func removed(before, now *connectorv1.DescribeResponse) (f mistakes) {
	kinds := map[string]string{}
	for _, s := range now.GetStreams() {
		kinds[s.GetName()] = s.GetKind()
	}
	for _, s := range before.GetStreams() {
		if kinds[s.GetName()] != s.GetKind() {
			f.add("stream %q had the kind %s and now has %q", s.GetName(), s.GetKind(), kinds[s.GetName()])
		}
	}
	old, errOld := readSettingsSchema(before)
	s, errNow := readSettingsSchema(now)
	if errOld != nil || errNow != nil {
		return append(f, errOld, errNow)
	}
	for _, name := range s.Required {
		if !slices.Contains(old.Required, name) {
			f.add("setting %q is now required", name)
		}
	}
	for _, p := range old.all() {
		q, still := s.Properties[p.name]
		if !still || q.Type != p.Type {
			f.add("setting %q had the type %s and now has %q", p.name, p.Type, q.Type)
		}
		for _, value := range p.Enum {
			if len(q.Enum) > 0 && !slices.Contains(q.Enum, value) {
				f.add("setting %q no longer takes %v", p.name, value)
			}
		}
	}
	return f
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

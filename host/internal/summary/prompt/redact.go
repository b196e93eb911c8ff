package prompt

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/display"
)

// Kinds of redactions.
const (
	kindSecret     = "secret"
	kindSetting    = "setting"
	kindPerson     = "person"
	kindEmail      = "email"
	kindPhone      = "phone"
	kindHost       = "host"
	kindAddress    = "address"
	kindPath       = "path"
	kindID         = "id"
	kindConnection = "connection"
)

// Private are the values that must not leave the machine.
type Private struct {
	Aliases  []string                 // of connections
	Settings []string                 // values of settings
	Hosts    []string                 // that the connector reached, also names without a dot
	People   []string                 // names, user names and ids of persons, in lower case
	Scrub    func(text string) string // replaces every form of every secret; nil = there are none
}

// redactor replaces private values by placeholders. It is used for one prompt.
type redactor struct {
	scrub  func(string) string
	public map[string]bool // texts that are the product's or the connector's own
	known  *regexp.Regexp  // nil = no value is known
	kinds  map[string]string
	named  map[string]string // placeholder by kind and value
	back   map[string]string // value by placeholder
	counts map[string]int
}

// shortestKnown is the length of the shortest value that is replaced wherever it occurs.
const shortestKnown = 3

// longestText is the most bytes of one text that are examined.
const longestText = 4 << 10

func newRedactor(private Private, public map[string]bool) *redactor {
	r := &redactor{
		scrub: private.Scrub, public: public, kinds: map[string]string{}, named: map[string]string{}, back: map[string]string{},
		counts: map[string]int{},
	}
	for kind, values := range map[string][]string{
		kindSetting: private.Settings, kindHost: private.Hosts, kindPerson: private.People, kindConnection: private.Aliases,
	} {
		for _, value := range values {
			folded := strings.ToLower(strings.TrimSpace(value))
			if utf8.RuneCountInString(folded) < shortestKnown || public[folded] {
				continue
			}
			if before, twice := r.kinds[folded]; !twice || kind < before {
				r.kinds[folded] = kind
			}
		}
	}
	if len(r.kinds) > 0 {
		// The longest first: a value may be part of another one.
		values := slices.SortedFunc(maps.Keys(r.kinds), func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
		for i := range values {
			values[i] = regexp.QuoteMeta(values[i])
		}
		r.known = regexp.MustCompile(`(?i)` + strings.Join(values, "|"))
	}
	return r
}

// placeholder returns the placeholder of a value.
func (r *redactor) placeholder(kind, value string) string {
	key := kind + " " + strings.ToLower(value)
	if p, known := r.named[key]; known {
		return p
	}
	r.counts[kind]++
	p := fmt.Sprintf("‹%s-%d›", kind, r.counts[kind])
	r.named[key], r.back[p] = p, value
	return p
}

// Patterns of private values. The order in text is part of what they mean.
var (
	pemPattern    = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)`)
	jwtPattern    = regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?`)
	schemePattern = regexp.MustCompile(`(?i)\b(bearer|basic|ssws|apikey|token)\s+([A-Za-z0-9._~+/=-]{8,})`)
	secretPattern = regexp.MustCompile(`(?i)(["']?\b[\w.-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|` +
		`private[_-]?key|credential|signature|authorization|cookie|session[_-]?id)["']?\s*[:=]\s*)` +
		`("[^"]*"|'[^']*'|(?:bearer |basic )?[^\s,;&}"'‹]+)`)
	urlPattern     = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*)://([^\s"'<>‹›\\]+)`)
	emailPattern   = regexp.MustCompile(`[^\s@<>"',;:=()\[\]{}‹›]+@[^\s@<>"',;:=()\[\]{}‹›]+\.[^\s@<>"',;:=()\[\]{}‹›]+`)
	ipv4Pattern    = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`)
	ipv6Pattern    = regexp.MustCompile(`[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}`)
	windowsPattern = regexp.MustCompile(`\b[A-Za-z]:\\[^\s"'<>|]+`)
	unixPattern    = regexp.MustCompile(`(?:^|[\s"'(=:])(/(?:home|Users|root|tmp|var|etc|mnt|srv|opt|usr|private|data|` +
		`Volumes)/[^\s"'<>):,;]*)`)
	uuidPattern   = regexp.MustCompile(`\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b`)
	hostPattern   = regexp.MustCompile(`(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?\.)+\p{L}[\p{L}\p{N}-]*`)
	longPattern   = regexp.MustCompile(`[A-Za-z0-9_+/-]{16,}={0,2}`)
	numberPattern = regexp.MustCompile(`\b\d{6,}\b`)
	phonePattern  = regexp.MustCompile(`\+\d[\d ()/.-]{6,18}\d`)
)

// text returns a text that others supplied as it may be sent: at most so many bytes, with
// nothing hidden in it, and with placeholders for private values.
func (r *redactor) text(text string, most int) string {
	if r.scrub != nil {
		text = r.scrub(text) // before it is cut: half a secret would not be found
	}
	text = display.Cut(text, longestText)
	text = strings.NewReplacer("‹", "<", "›", ">").Replace(text) // no text forges a placeholder
	text = strings.ReplaceAll(text, "••••", "‹secret›")
	text = r.secrets(display.VisibleText(text))
	text = urlPattern.ReplaceAllStringFunc(text, r.url)
	text = r.each(emailPattern, kindEmail, text, nil)
	text = r.values(text)
	text = r.each(ipv4Pattern, kindAddress, text, nil)
	text = r.each(ipv6Pattern, kindAddress, text, func(found string) bool {
		_, err := netip.ParseAddr(found)
		return err == nil && found != "::"
	})
	text = r.each(windowsPattern, kindPath, text, nil)
	text = unixPattern.ReplaceAllStringFunc(text, func(found string) string {
		at := strings.IndexByte(found, '/')
		return found[:at] + r.placeholder(kindPath, found[at:])
	})
	text = r.each(phonePattern, kindPhone, text, nil)
	text = r.each(uuidPattern, kindID, text, nil)
	text = r.each(hostPattern, kindHost, text, func(found string) bool { return !r.isPublic(found) })
	text = r.each(longPattern, kindID, text, mixed)
	text = r.each(numberPattern, kindID, text, nil)
	return display.Cut(text, most)
}

// secrets replaces what looks like a credential.
func (r *redactor) secrets(text string) string {
	text = pemPattern.ReplaceAllStringFunc(text, func(found string) string { return r.placeholder(kindSecret, found) })
	text = jwtPattern.ReplaceAllStringFunc(text, func(found string) string { return r.placeholder(kindSecret, found) })
	text = schemePattern.ReplaceAllStringFunc(text, func(found string) string {
		parts := schemePattern.FindStringSubmatch(found)
		if !mixed(parts[2]) && len(parts[2]) < 20 {
			return found // "basic authentication"
		}
		return parts[1] + " " + r.placeholder(kindSecret, parts[2])
	})
	return secretPattern.ReplaceAllStringFunc(text, func(found string) string {
		parts := secretPattern.FindStringSubmatch(found)
		return parts[1] + r.placeholder(kindSecret, parts[2])
	})
}

// values replaces the values that are known to be private, where they stand as words.
func (r *redactor) values(text string) string {
	if r.known == nil {
		return text
	}
	var b strings.Builder
	end := 0
	for _, at := range r.known.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		if !alone(text, at[0], at[1]) || insidePlaceholder(text, at[0]) {
			continue
		}
		b.WriteString(text[end:at[0]])
		b.WriteString(r.placeholder(cmp.Or(r.kinds[strings.ToLower(found)], kindSetting), found))
		end = at[1]
	}
	return b.String() + text[end:]
}

// alone reports whether a value is not a part of a longer word.
func alone(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	first, _ := utf8.DecodeRuneInString(text[from:to])
	last, _ := utf8.DecodeLastRuneInString(text[from:to])
	return (!wordy(first) || !wordy(before)) && (!wordy(last) || !wordy(after))
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// insidePlaceholder reports whether a position is between the signs of a placeholder.
func insidePlaceholder(text string, at int) bool {
	return strings.LastIndex(text[:at], "‹") > strings.LastIndex(text[:at], "›")
}

// each replaces what matches a pattern, and a condition if there is one.
func (r *redactor) each(pattern *regexp.Regexp, kind, text string, holds func(found string) bool) string {
	var b strings.Builder
	end := 0
	for _, at := range pattern.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		if insidePlaceholder(text, at[0]) || holds != nil && !holds(found) {
			continue
		}
		b.WriteString(text[end:at[0]])
		b.WriteString(r.placeholder(kind, found))
		end = at[1]
	}
	return b.String() + text[end:]
}

// url keeps of an address the scheme and the path, without what names a thing in it.
func (r *redactor) url(found string) string {
	parsed, err := url.Parse(found)
	if err != nil || parsed.Host == "" {
		return r.placeholder(kindHost, found)
	}
	short := parsed.Scheme + "://" + r.placeholder(kindHost, parsed.Host) + parsed.EscapedPath()
	if parsed.RawQuery != "" {
		short += "?‹query›"
	}
	return short
}

// isPublic reports whether a word with dots is one of the product or of the connector, such
// as the name of a step, of a code or of a permission.
func (r *redactor) isPublic(found string) bool { return r.public[strings.ToLower(found)] }

// mixed reports whether a word has letters and digits, as keys and ids do.
func mixed(word string) bool {
	return strings.ContainsFunc(word, unicode.IsDigit) && strings.ContainsFunc(word, unicode.IsLetter)
}

// expand replaces the placeholders that stand for names of the company's own which the
// reader knows: the connection and hosts.
func (r *redactor) expand(text string) string {
	return placeholderPattern.ReplaceAllStringFunc(text, func(found string) string {
		kind, _, _ := strings.Cut(strings.Trim(found, "‹›"), "-")
		if value, known := r.back[found]; known && (kind == kindConnection || kind == kindHost) {
			return value
		}
		return found
	})
}

var placeholderPattern = regexp.MustCompile(`‹[a-z]+-\d+›`)

// redacted returns how many values of each kind were replaced.
func (r *redactor) redacted() []aisummary.Redaction {
	all := []aisummary.Redaction{}
	for _, kind := range slices.Sorted(maps.Keys(r.counts)) {
		all = append(all, aisummary.Redaction{Kind: kind, Count: r.counts[kind]})
	}
	return all
}

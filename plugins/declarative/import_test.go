package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
)

// TestImportedFiles compares the translations of the manifests in testdata with the files beside them.
// PLUMBLINE_UPDATE=1 writes them anew.
func TestImportedFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lists", "changes"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := translated(filepath.Join("testdata/lowcode", name+".yaml"), "", "")
			if err != nil {
				t.Fatal(err)
			}
			if len(result.LeftOut) > 0 {
				t.Errorf("left out: %v", result.LeftOut)
			}
			golden := filepath.Join("testdata/lowcode", name+".connector.yaml")
			if os.Getenv("PLUMBLINE_UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(result.File), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), result.File); diff != "" {
				t.Errorf("-file +translation:\n%s", diff)
			}
		})
	}
}

// around is a manifest with one stream, into which tests put its parts.
const around = `
streams:
  - type: DeclarativeStream
    name: things
    primary_key: id
    retriever:
      type: SimpleRetriever
      requester: {type: HttpRequester, url_base: "https://api.example.com", path: /things, AUTH
        REQUEST}
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: [data]}, FILTER}
      REST: null
    STREAM: null
spec:
  connection_specification:
    properties:
      token: {type: string, airbyte_secret: true}
      name: {type: string}
`

// oneOf returns the manifest with some of its parts.
func oneOf(parts map[string]string) string {
	text := around
	for _, key := range []string{"AUTH", "REQUEST", "FILTER"} {
		text = strings.Replace(text, key, parts[key], 1)
	}
	for _, key := range []string{"REST: null", "STREAM: null"} {
		word, _, _ := strings.Cut(key, ":")
		if parts[word] != "" {
			text = strings.Replace(text, key, parts[word], 1)
		}
	}
	return text
}

func imported(t *testing.T, text, mapping string) (*lowcode.Result, error) {
	t.Helper()
	m, err := manifest.Read(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	o := lowcode.Options{ID: "acme", From: "acme.yaml", Check: loads}
	if mapping != "" {
		o.Mapping = strings.NewReader(mapping)
	}
	return lowcode.Import(m, o)
}

// TestComponentsAreTranslated has a part of a manifest for each component, and what the file says.
func TestComponentsAreTranslated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ part, text, want string }{
		"basic with a text": {"AUTH", `authenticator: {type: BasicHttpAuthenticator, username: "{{ config['token'] }}", password: x},`,
			"basic: {username: token, password: x}"},
		"basic with a setting": {"AUTH",
			`authenticator: {type: BasicHttpAuthenticator, username: "{{ config['name'] }}/token", password: "{{ config['token'] }}"},`,
			`basic: {username: '{{ settings.?name.orValue("") }}/token', password: token}`},
		"key in a parameter": {"AUTH", `authenticator: {type: ApiKeyAuthenticator, api_token: "{{ config['token'] }}",
			inject_into: {type: RequestOption, inject_into: request_parameter, field_name: key}},`, "query: {name: key, secret: token}"},
		"secret in a header": {"REQUEST", `request_headers: {X-Key: "Token {{ config.token }}"}`,
			"header: {name: X-Key, prefix: 'Token ', secret: token}"},
		"session": {"AUTH", `authenticator: {type: SessionTokenAuthenticator, session_token_path: [token], expiration_duration: PT1H,
			login_requester: {type: HttpRequester, url_base: "https://api.example.com", path: /login, http_method: POST,
			request_body_json: {password: "{{ config['token'] }}"}},
			request_authentication: {type: ApiKey, inject_into: {type: RequestOption, inject_into: header, field_name: X-Session}}},`,
			"lifetime: 1h"},
		"older session": {"AUTH", `authenticator: {type: LegacySessionTokenAuthenticator, username: "{{ config['name'] }}",
        password: "{{ config['token'] }}", header: X-Session, login_url: session, session_token_response_key: id},`,
			"url: https://api.example.com/session"},
		"text of JSON": {"REQUEST", `http_method: POST, request_body_json: '{"name": "{{ config.name }}", "size": {{ 7 }}}'`,
			`name: '{{ settings.name }}'`},
		"or": {"REQUEST", `request_parameters: {q: "{{ config['name'] or 'all' }}"}`, `q: '{{ settings.?name.orValue("all") }}'`},
		"index": {"REQUEST", `request_parameters: {q: "{{ config.name.split('-')[0] | lower }}"}`,
			`{{ lower(string(first(settings.name.split("-")))) }}`},
		"if": {"REQUEST", `request_parameters: {q: "{% if config['name'] %}a{% else %}b{% endif %}"}`,
			`!empty(settings.?name) ? "a" : "b"`},
		"days": {"REQUEST", `request_parameters: {q: "{{ day_delta(-7, format='%d/%m/%Y') }}"}`,
			`written(ago("7d"), "02/01/2006")`},
		"duration": {"REQUEST", `request_parameters: {q: "{{ (now_utc() - duration('P1W')).strftime('%s') }}"}`,
			`written(ago("7d"), "unix")`},
		"filter": {"FILTER", `record_filter: {type: RecordFilter, condition: "{{ record.a is not none or not record.b }}"}`,
			`where: item.?a.orValue(null) != null || empty(item.?b)`},
		"in a list": {"FILTER", `record_filter: {type: RecordFilter, condition: "{{ record['a'] in ['x', 'y'] }}"}`,
			`where: item.a in ["x", "y"]`},
		"xml":   {"REST", `decoder: {type: XmlDecoder}`, "answer: xml"},
		"table": {"REST", `decoder: {type: CompositeRawDecoder, parser: {type: CsvParser}}`, "answer: csv"},
		"body token": {"REST", `paginator: {type: DefaultPaginator,
        page_token_option: {type: RequestOption, inject_into: header, field_name: X-Page},
        pagination_strategy: {type: CursorPagination, cursor_value: "{{ headers['X-Next'] }}"}}`,
			`token: {header: X-Page, from: 'headers["x-next"]'}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := imported(t, oneOf(map[string]string{test.part: test.text}), "")
			if err != nil {
				t.Fatal(err)
			}
			if len(r.LeftOut) > 0 || !strings.Contains(r.File, test.want) {
				t.Errorf("left out %v; no %q in\n%s", r.LeftOut, test.want, r.File)
			}
		})
	}
}

// TestWhatHasNoTranslationIsNamed: the stream is left out, with the line and the reason.
func TestWhatHasNoTranslationIsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ part, text, want string }{
		"custom code": {"AUTH", `authenticator: {type: CustomAuthenticator, class_name: a.B},`,
			"line 8: stream things: CustomAuthenticator has no translation"},
		"jwt":           {"AUTH", `authenticator: {type: JwtAuthenticator, secret_key: x},`, "JwtAuthenticator has no translation"},
		"method":        {"REQUEST", `http_method: PUT`, "the method PUT has no translation"},
		"body of GET":   {"REQUEST", `request_body_json: {a: 1}`, "a GET with a body"},
		"secret":        {"REQUEST", `request_parameters: {q: "a{{ config['token'] }}"}`, "the secret token is used in an expression"},
		"unknown":       {"REQUEST", `request_parameters: {q: "{{ config['nam'] }}"}`, "no field nam"},
		"function":      {"REQUEST", `request_parameters: {q: "{{ generate_uuid() }}"}`, "the function generate_uuid has no translation"},
		"broken":        {"REQUEST", `request_parameters: {q: "{{ config['name' }}"}`, "cannot be read"},
		"loop":          {"REQUEST", `request_parameters: {q: "{% for a in b %}{% endfor %}"}`, "{% for %} is not translated"},
		"depth":         {"REST", "partition_router: {type: SubstreamPartitionRouter, parent_stream_configs: []}", "0 parents of one stream"},
		"zip":           {"REST", "decoder: {type: ZipfileDecoder}", "ZipfileDecoder has no translation"},
		"added by code": {"STREAM", "transformations: [{type: CustomTransformation}]", "CustomTransformation has no translation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := imported(t, oneOf(map[string]string{test.part: test.text}), "")
			if err != nil {
				t.Fatal(err)
			}
			if len(r.LeftOut) != 1 || !strings.Contains(r.LeftOut[0].String(), test.want) || r.File != "" {
				t.Errorf("left out %v, want %q; streams %v", r.LeftOut, test.want, r.Streams)
			}
		})
	}
}

// TestMappingGivesKinds: a mapping gives kinds and texts, and its mistakes have their line.
func TestMappingGivesKinds(t *testing.T) {
	t.Parallel()
	r, err := imported(t, oneOf(nil), "streams:\n  things:\n    kind: account\n    key: item.uid\n"+
		"    fields: {type: '\"human\"', status: '\"active\"', email: item.mail}\n    omit: [avatar]\n"+
		"settings:\n  token: {title: API token}\ncategories: [user_access_review]\nname: Acme Works\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"kind: account", "key: item.uid", "email: item.mail", "omit: [avatar]", "title: API token", "name: Acme Works",
	} {
		if !strings.Contains(r.File, want) {
			t.Errorf("no %q in\n%s", want, r.File)
		}
	}
	for text, want := range map[string]string{
		"streams:\n  thing: {kind: account}\n": `mapping: line 2, column 10: there is no stream "thing"`,
		"setings: {}\n":                        `mapping: line 1, column 1: there is no key "setings" here; did you mean "settings"?`,
		"streams:\n  things:\n    kind: account\n    fields:\n      mail: item.mail\n":    "mapping: line 5: kind account has no field mail",
		"streams:\n  things:\n    kind: account\n    fields:\n      email: item.mail +\n": "mapping: line 5: Syntax error",
		"streams:\n  things:\n    kind: acount\n":                                         `there is no kind "acount"`,
		"streams:\n  things:\n    title: Things\n    fields: {name: item.name}\n":         "fields need a kind",
		"categories: [nonsense]\n": "mapping: line 1: there is no category",
	} {
		if _, err := imported(t, oneOf(nil), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestImportSubcommand: the program prints the result as JSON and ends with a code of its own.
func TestImportSubcommand(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "source-acme", "manifest.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		oneOf(nil): importedWhole,
		oneOf(map[string]string{"REQUEST": "http_method: PATCH"}): importedPart,
		"a: b": importFailed,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var output, errs bytes.Buffer
		if code := importManifest([]string{path}, &output, &errs); code != want {
			t.Errorf("code %d, want %d: %s", code, want, errs.String())
		}
		var r lowcode.Result
		if want != importFailed && (json.Unmarshal(output.Bytes(), &r) != nil || r.ID != "acme") {
			t.Errorf("printed %s", output.String())
		}
	}
}

// TestNoManifestStopsTheImport: parts of any shape give a reason, or are read.
func TestNoManifestStopsTheImport(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"streams: [1, null, {}, {retriever: 7}]\n",
		"streams: [{name: a, retriever: {requester: {url_base: [x]}}}]\n",
		"streams: ['#/definitions/a']\ndefinitions: {a: {$ref: '#/definitions/a'}}\n",
		"streams: [{name: a, retriever: {requester: {url_base: 'https://a.example', path: '{{ parameters }}'}}}]\n",
		"streams: [{name: a, $parameters: 3, retriever: {requester: {url_base: 'https://{{ now_utc() }}', path: a}}}]\n",
		oneOf(map[string]string{"AUTH": "authenticator: {type: OAuthAuthenticator},"}),
		oneOf(map[string]string{"AUTH": "authenticator: {type: SelectiveAuthenticator, authenticator_selection_path: [name]},"}),
		oneOf(map[string]string{"AUTH": "authenticator: {type: SessionTokenAuthenticator},"}),
		oneOf(map[string]string{"AUTH": "authenticator: {type: ApiKeyAuthenticator},"}),
		oneOf(map[string]string{"STREAM": "incremental_sync: {type: DatetimeBasedCursor}"}),
		oneOf(map[string]string{"REST": "paginator: {type: DefaultPaginator}"}),
		oneOf(map[string]string{"REST": "partition_router: {type: ListPartitionRouter}"}),
		oneOf(map[string]string{"REQUEST": "request_body_json: '{{ x }}', http_method: POST"}),
		oneOf(map[string]string{"FILTER": "record_filter: {condition: '{{ [][0] }}'}"}),
	} {
		r, err := imported(t, text, "")
		if err == nil && len(r.LeftOut) == 0 && r.File == "" {
			t.Errorf("%s: nothing was translated, and nothing said", text)
		}
	}
}

// TestTheTokenOfAPageMayStandInTheRequest: a parameter that is the token of the next page is where
// paging puts it, and the first request has what stands beside it.
func TestTheTokenOfAPageMayStandInTheRequest(t *testing.T) {
	t.Parallel()
	r, err := imported(t, oneOf(map[string]string{
		"REQUEST": `request_parameters: {at: "{{ next_page_token['next_page_token'] or '0' }}"}`,
		"REST":    `paginator: {type: DefaultPaginator, pagination_strategy: {type: CursorPagination, cursor_value: "{{ response.next }}"}}`,
	}), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"token: {query: at, from: response.next}", "at: \"0\""} {
		if len(r.LeftOut) > 0 || !strings.Contains(r.File, want) {
			t.Errorf("left out %v; no %q in\n%s", r.LeftOut, want, r.File)
		}
	}
}

package github

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// Server is a GitHub with one organization. It is safe for concurrent use once its exported fields are
// set.
type Server struct {
	Held     *Tables
	NoGraph  bool   // like a server without GraphQL
	Version  string // of an Enterprise Server
	Scopes   string // of a classic token
	Stranger bool   // the owner of the token is not a member

	mode vendor.Mode

	mu      sync.Mutex
	asked   int
	turns   map[string]int // requests of a list that moves
	unknown []string
}

// The credentials: a token, and the one that an installation of the App gets.
const (
	Token             = "github_pat_canary0123456789"
	InstallationToken = "ghs_canary9876543210"
)

// lastDay is when the things of Organization were changed last.
const lastDay = "2026-10-31T12:00:00Z"

// The permissions, by the names that GitHub's API gives them.
const (
	permMembers        = "members:read"
	permOwner          = "owner"
	permMetadata       = "metadata:read"
	permAdministration = "administration:read"
	permPulls          = "pull_requests:read"
	permChecks         = "checks:read"
	permStatuses       = "statuses:read"
	permDependabot     = "vulnerability_alerts:read"
	permSecrets        = "secret_scanning_alerts:read"
)

// New returns the server of what an organization has.
func New(m vendor.Mode, held *Tables) *Server {
	return &Server{mode: m, Held: held, turns: map[string]int{}}
}

// Requests returns the number of requests so far.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Problems returns the requests that the server does not know.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

// call is one request.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	path  string
	query url.Values
	part  []string // of the path, from the pattern
}

func (c call) answer(status int, body any) {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(body)
}

func (c call) refuse(status int, words string) {
	c.answer(status, map[string]any{"message": words, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

// route is one documented request.
type route struct {
	pattern    *regexp.Regexp
	permission string
	serve      func(s *Server, c call)
}

func at(pattern, permission string, serve func(s *Server, c call)) route {
	return route{regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", "([^/]+)") + "$"), permission, serve}
}

func routes() []route {
	return []route{
		at("/", "", func(_ *Server, c call) { c.w.WriteHeader(http.StatusOK) }),
		at("/user", "", (*Server).user),
		at("/user/memberships/orgs/acme", permMembers, (*Server).membership),
		at("/orgs/acme", "", func(_ *Server, c call) { c.answer(200, map[string]any{"login": "acme", "id": 1}) }),
		at("/orgs/acme/installation", "", (*Server).installation),
		at("/app/installations/7/access_tokens", "", (*Server).installationToken),
		at("/orgs/acme/members", "", (*Server).members),
		at("/orgs/acme/outside_collaborators", permMembers, (*Server).members),
		at("/orgs/acme/teams", permMembers, func(s *Server, c call) { s.numbered(c, s.Held.Teams) }),
		at("/orgs/acme/teams/*/members", permMembers, func(s *Server, c call) { s.numbered(c, s.Held.teamMembers(c.part[0])) }),
		at("/users/*", "", (*Server).profile),
		at("/orgs/acme/repos", permMetadata, (*Server).repositories),
		at("/repos/acme/*/branches/*/protection", permAdministration, (*Server).protection),
		at("/repos/acme/*/rules/branches/*", permMetadata, (*Server).rules),
		at("/repos/acme/*/vulnerability-alerts", permAdministration, (*Server).vulnerabilityAlerts),
		at("/repos/acme/*/pulls", permPulls, (*Server).pulls),
		at("/repos/acme/*/pulls/*", permPulls, (*Server).pull),
		at("/repos/acme/*/pulls/*/reviews", permPulls, (*Server).reviews),
		at("/repos/acme/*/commits/*/status", permStatuses, (*Server).status),
		at("/repos/acme/*/commits/*/check-runs", permChecks, (*Server).checkRuns),
		at("/orgs/acme/dependabot/alerts", permDependabot, func(s *Server, c call) { s.linked(c, s.Held.Dependabot) }),
		at("/orgs/acme/secret-scanning/alerts", permSecrets, (*Server).secrets),
		at("/graphql", "", (*Server).graphql),
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3"), "/api")
	c := call{w: w, r: r, path: path, query: r.URL.Query()}
	w.Header().Set("X-GitHub-Request-Id", "0123:4567")
	if s.Version != "" {
		w.Header().Set("X-GitHub-Enterprise-Version", s.Version)
	}
	if s.Scopes != "" {
		w.Header().Set("X-OAuth-Scopes", s.Scopes)
	}
	if s.mode.Refuse || !s.signedIn(r, path) {
		c.refuse(401, "Bad credentials")
		return
	}
	for _, route := range routes() {
		found := route.pattern.FindStringSubmatch(path)
		if found == nil {
			continue
		}
		for _, part := range found[1:] {
			plain, _ := url.PathUnescape(part)
			c.part = append(c.part, plain)
		}
		if route.permission != "" && route.permission == s.mode.Without {
			s.forbid(c, route.permission)
			return
		}
		route.serve(s, c)
		return
	}
	s.mu.Lock()
	s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	c.refuse(404, "Not Found")
}

// signedIn reports whether the request has the right credential: the statement of the App itself for two requests.
func (s *Server) signedIn(r *http.Request, path string) bool {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if path == "/orgs/acme/installation" || strings.HasPrefix(path, "/app/") {
		return strings.Count(token, ".") == 2
	}
	return token == Token || token == InstallationToken
}

func (s *Server) forbid(c call, permission string) {
	c.w.Header().Set("X-Accepted-GitHub-Permissions", strings.ReplaceAll(permission, ":", "="))
	c.refuse(403, "Resource not accessible by personal access token")
}

func (s *Server) user(c call) {
	c.answer(200, map[string]any{"login": "auditor", "id": 5, "type": "User"})
}

func (s *Server) membership(c call) {
	if s.Stranger {
		c.refuse(404, "Not Found")
		return
	}
	c.answer(200, map[string]any{"state": "active", "role": "admin"})
}

func (s *Server) grants() map[string]string {
	all := map[string]string{}
	for _, p := range permissions() {
		if name, level, found := strings.Cut(p, ":"); found && p != s.mode.Without {
			all[name] = level
		}
	}
	return all
}

func (s *Server) installation(c call) {
	c.answer(200, map[string]any{"id": 7, "app_slug": "plumbline", "repository_selection": "all", "permissions": s.grants(),
		"suspended_at": nil})
}

func (s *Server) installationToken(c call) {
	if c.r.Method != http.MethodPost {
		c.refuse(404, "Not Found")
		return
	}
	c.answer(201, map[string]any{"token": InstallationToken, "expires_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		"permissions": s.grants(), "repository_selection": "all"})
}

// members answers the members, or the outside collaborators.
func (s *Server) members(c call) {
	rows := s.Held.Members
	if strings.HasSuffix(c.path, "/outside_collaborators") {
		rows = s.Held.Outside
	}
	if s.mode.Without == permMembers || s.Stranger { // only those who made it public
		rows = rows[:min(len(rows), 3)]
	}
	if c.query.Get("filter") == "2fa_disabled" {
		if s.mode.Without == permOwner {
			c.refuse(422, "Only owners can use this filter.")
			return
		}
		rows = having(rows, func(u Row) bool { return u["mfa"] == false })
	}
	if c.query.Get("role") == "admin" {
		rows = having(rows, func(u Row) bool { return u["owner"] == true })
	}
	s.numbered(c, rows)
}

func (s *Server) profile(c call) {
	for _, u := range slices.Concat(s.Held.Members, s.Held.Outside) {
		if u["login"] == c.part[0] {
			c.answer(200, map[string]any{"login": u["login"], "id": u["id"], "name": u["name"], "email": u["email"], "created_at": u["created_at"]})
			return
		}
	}
	c.refuse(404, "Not Found")
}

func (s *Server) repositories(c call) {
	rows := s.Held.Repositories
	if c.query.Get("type") == "private" {
		rows = having(rows, func(r Row) bool { return r["private"] == true })
	}
	if s.mode.Without == permAdministration {
		rows = without(rows, "security_and_analysis")
	}
	s.numbered(c, rows)
}

func (s *Server) repository(c call) Row { return s.Held.byName[c.part[0]] }

func (s *Server) protection(c call) {
	r := s.repository(c)
	switch {
	case r == nil:
		c.refuse(404, "Not Found")
	case r["empty"] == true || r["default_branch"] != c.part[1]:
		c.refuse(404, "Branch not found")
	case r["classic"] == nil:
		c.refuse(404, "Branch not protected")
	default:
		c.answer(200, r["classic"])
	}
}

func (s *Server) rules(c call) {
	r := s.repository(c)
	if r == nil {
		c.refuse(404, "Not Found")
		return
	}
	c.answer(200, r["rules"])
}

func (s *Server) vulnerabilityAlerts(c call) {
	if r := s.repository(c); r != nil && r["alerts"] == true {
		c.w.WriteHeader(204)
		return
	}
	c.refuse(404, "Vulnerability alerts are disabled.")
}

// pulls answers the pull requests of a repository, the last updated first.
func (s *Server) pulls(c call) {
	if c.query.Get("state") != "closed" {
		c.refuse(422, "Validation Failed")
		return
	}
	s.page(c, s.Held.Pulls[c.part[0]], "page")
}

func (s *Server) find(c call) Row {
	for _, p := range s.Held.Pulls[c.part[0]] {
		if fmt.Sprint(p["number"]) == c.part[1] || p["head"].(Row)["sha"] == c.part[1] {
			return p
		}
	}
	return nil
}

func (s *Server) pull(c call) {
	p := s.find(c)
	if p == nil {
		c.refuse(404, "Not Found")
		return
	}
	whole := Row{"merged_by": Row{"login": p["merger"]}}
	for name, value := range p {
		whole[name] = value
	}
	c.answer(200, whole)
}

func (s *Server) reviews(c call) {
	p := s.find(c)
	if p == nil {
		c.refuse(404, "Not Found")
		return
	}
	s.page(c, p["reviews"].([]Row), "page")
}

// status answers the combined status: "pending" when there is no status.
func (s *Server) status(c call) {
	p := s.find(c)
	if p == nil || p["check_source"] != "status" {
		c.answer(200, Row{"state": "pending", "statuses": []Row{}, "total_count": 0})
		return
	}
	c.answer(200, Row{"state": p["check_state"], "statuses": []Row{{"state": p["check_state"]}}, "total_count": 1})
}

func (s *Server) checkRuns(c call) {
	p := s.find(c)
	if p == nil || p["check_source"] != "runs" {
		c.answer(200, Row{"total_count": 0, "check_runs": []Row{}})
		return
	}
	c.answer(200, Row{"total_count": 2, "check_runs": []Row{
		{"name": "lint", "status": "completed", "conclusion": "skipped"},
		{"name": "test", "status": "completed", "conclusion": p["check_state"]},
	}})
}

func (s *Server) secrets(c call) {
	rows := s.Held.Secrets
	if c.query.Get("hide_secret") != "true" {
		c.refuse(422, "the test wants the secrets hidden")
		return
	}
	s.page(c, rows, "page")
}

// graphql answers the two queries of the connector.
func (s *Server) graphql(c call) {
	raw, _ := io.ReadAll(c.r.Body)
	var q struct {
		Query     string `json:"query"`
		Variables struct {
			IDs []string `json:"ids"`
		} `json:"variables"`
	}
	if s.NoGraph || c.r.Method != http.MethodPost || json.Unmarshal(raw, &q) != nil {
		c.refuse(404, "Not Found")
		return
	}
	nodes, faults := make([]any, len(q.Variables.IDs)), []Row{}
	for i, id := range q.Variables.IDs {
		item := s.Held.byNode[id]
		switch {
		case item == nil:
			faults = append(faults, Row{"type": "NOT_FOUND", "path": []any{"nodes", i}, "message": "Could not resolve to a node"})
		case strings.Contains(q.Query, "PullRequest"):
			node := graphOf(item)
			if s.mode.Without == permChecks || s.mode.Without == permStatuses {
				node["commits"] = nil
				faults = append(faults, Row{"type": "FORBIDDEN", "path": []any{"nodes", i, "commits", "nodes", 0},
					"message": "Resource not accessible by personal access token"})
			}
			nodes[i] = node
		default:
			nodes[i] = Row{"id": id, "name": item["name"], "email": item["email"], "createdAt": item["created_at"],
				"organizationVerifiedDomainEmails": item["verified"]}
		}
	}
	body := Row{"data": Row{"nodes": nodes}}
	if len(faults) > 0 {
		body["errors"] = faults
	}
	c.answer(200, body)
}

// graphOf returns a pull request as GraphQL shows it.
func graphOf(p Row) Row {
	reviews := []Row{}
	for _, r := range p["reviews"].([]Row) {
		reviews = append(reviews, Row{"author": graphUser(r["user"].(Row)["login"].(string)), "state": r["state"],
			"submittedAt": r["submitted_at"]})
	}
	var rollup any
	if p["check_source"] != "" {
		rollup = Row{"state": strings.ToUpper(p["check_state"].(string))}
	}
	return Row{"id": p["node_id"], "mergedBy": graphUser(p["merger"].(string)),
		"reviews": Row{"pageInfo": Row{"hasNextPage": false}, "nodes": reviews},
		"commits": Row{"nodes": []Row{{"commit": Row{"oid": p["head"].(Row)["sha"], "statusCheckRollup": rollup}}}}}
}

func graphUser(login string) Row {
	if name, bot := strings.CutSuffix(login, "[bot]"); bot {
		return Row{"__typename": "Bot", "login": name}
	}
	return Row{"__typename": "User", "login": login}
}

// numbered answers a page by its number. A list that moves is turned at its second and its fifth request.
func (s *Server) numbered(c call, rows []Row) {
	if s.mode.Moving && len(rows) > 1 {
		key := c.path + c.query.Get("filter") + c.query.Get("role")
		s.mu.Lock()
		s.turns[key]++
		by := 0
		if s.turns[key] >= 2 {
			by += 17
		}
		if s.turns[key] >= 5 {
			by += 40
		}
		s.mu.Unlock()
		by %= len(rows)
		rows = slices.Concat(rows[by:], rows[:by])
	}
	s.page(c, rows, "page")
}

// linked answers a page by a token in the address of the next page.
func (s *Server) linked(c call, rows []Row) { s.page(c, rows, "after") }

func (s *Server) page(c call, rows []Row, by string) {
	size := 30
	if n, err := strconv.Atoi(c.query.Get("per_page")); err == nil {
		size = min(max(n, 1), 100)
	}
	page, _ := strconv.Atoi(strings.TrimPrefix(c.query.Get(by), "Y3Vyc29y"))
	page = max(page, 1)
	from := min((page-1)*size, len(rows))
	until := min(from+size, len(rows))
	if until < len(rows) {
		next := *c.r.URL
		next.Scheme, next.Host = "https", c.r.Host
		if strings.HasPrefix(c.r.Host, "127.") {
			next.Scheme = "http"
		}
		query := next.Query()
		token := strconv.Itoa(page + 1)
		if by == "after" {
			token = "Y3Vyc29y" + token
		}
		query.Set(by, token)
		next.RawQuery = query.Encode()
		c.w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, next.String()))
	}
	shown := make([]Row, 0, size)
	for _, r := range rows[from:until] {
		shown = append(shown, public(r))
	}
	c.answer(200, shown)
}

package file

// File is the whole description.
type File struct {
	Item
	Language    int             `yaml:"plumbline" need:"yes" doc:"The version of this language: 1."`
	ID          string          `yaml:"id" need:"yes" doc:"Lower-case letters, digits and dashes; the name of the file is ID.connector.yaml."`
	Name        string          `yaml:"name" need:"yes" doc:"The system's name as its vendor writes it."`
	Version     string          `yaml:"version" need:"yes" doc:"The version of this description, such as 0.1.0."`
	Vendor      string          `yaml:"vendor" need:"yes" doc:"Who makes the system."`
	Summary     string          `yaml:"summary" need:"yes" doc:"One sentence: what connecting this gives."`
	Homepage    string          `yaml:"homepage" doc:"The vendor's page on its API."`
	License     string          `yaml:"license" doc:"The SPDX identifier of this file's licence."`
	Categories  []string        `yaml:"categories" need:"yes" from:"categories" doc:"What kind of system it is."`
	Settings    []Setting       `yaml:"settings" doc:"The form that a person fills in."`
	Permissions []Permission    `yaml:"permissions" doc:"What the vendor must grant."`
	Network     []Host          `yaml:"network" need:"yes" doc:"The hosts that it may reach; the host blocks others."`
	Limits      Limits          `yaml:"limits" doc:"How much the vendor allows."`
	Guide       string          `yaml:"guide" doc:"The setup guide in Markdown."`
	BaseURL     Text            `yaml:"base_url" need:"yes" doc:"The address of the API, before every path."`
	Auth        Auth            `yaml:"auth" doc:"How requests are signed in."`
	Headers     map[string]Text `yaml:"headers" doc:"The headers of every request."`
	Answers     []Rule          `yaml:"answers" doc:"What an answer means when its status does not say it. The first rule that matches holds."`
	Check       Check           `yaml:"check" doc:"A request for the account of the credential."`
	Streams     []Stream        `yaml:"streams" need:"yes" doc:"The lists to read."`
}

// Setting is one field of the form.
type Setting struct {
	Item
	Name        string `yaml:"name" need:"yes" doc:"Letters, digits and underscores."`
	Title       string `yaml:"title" need:"yes" doc:"What the form shows above the field."`
	Type        string `yaml:"type" enum:"string,integer,number,boolean" doc:"string unless given."`
	Description string `yaml:"description" doc:"What the form shows below the field."`
	Secret      bool   `yaml:"secret" doc:"It is a credential: it is sealed, and expressions cannot use it."`
	Optional    bool   `yaml:"optional" doc:"It may be left empty."`
	Default     any    `yaml:"default" doc:"Its value when it is left empty."`
	Choices     []any  `yaml:"choices" doc:"The values among which a person chooses."`
	Format      string `yaml:"format" doc:"uri, email, or another format of JSON Schema."`
	Step        string `yaml:"guide_step" doc:"The step of the guide that explains it, such as step-1."`
}

// Permission is something the vendor must grant.
type Permission struct {
	Item
	ID       string     `yaml:"id" need:"yes" doc:"The vendor's own name of it."`
	Reason   string     `yaml:"reason" need:"yes" doc:"Why it is needed, in one sentence."`
	Optional bool       `yaml:"optional" doc:"The connector works without it; what it unlocks is then unknown."`
	Probe    *Probe     `yaml:"probe" doc:"The request that tries it. Without one, the check reads the first page of the first stream that needs it."`
	Broad    Expression `yaml:"broad" doc:"True when the answer shows that more was granted than is needed."`
}

// Probe is a request that tries a permission.
type Probe struct {
	Request
}

// Host is a host that may be reached.
type Host struct {
	Item
	Host    string `yaml:"host" need:"yes" doc:"A name, *.name, or {setting} for a host that a setting names."`
	Port    int    `yaml:"port" doc:"443 unless given."`
	Purpose string `yaml:"purpose" need:"yes" doc:"What is asked there."`
}

// Limits say how much the vendor allows.
type Limits struct {
	Item
	RequestsPerSecond  float64  `yaml:"requests_per_second" doc:"By the vendor's documentation, for one tenant."`
	ConcurrentRequests int      `yaml:"concurrent_requests" doc:"Requests at one moment, for one tenant."`
	TenantSettings     []string `yaml:"tenant_settings" doc:"The settings that together name the tenant."`
}

// Request says what is asked and what form the answer has.
type Request struct {
	Item
	Path    Text             `yaml:"path" doc:"Appended to base_url."`
	URL     Text             `yaml:"url" doc:"A whole address instead of path, on a host that network declares."`
	Method  string           `yaml:"method" enum:"GET,POST" doc:"GET unless given. POST needs reads: true."`
	Reads   bool             `yaml:"reads" doc:"The author declares that this POST changes nothing in the system."`
	Query   map[string]Texts `yaml:"query" doc:"Parameters. A list repeats its parameter; a parameter with null is left out."`
	Headers map[string]Text  `yaml:"headers" doc:"Headers of this request."`
	JSON    *Tree            `yaml:"json" doc:"The body. A text that is one expression keeps the type of what it yields; {secret: name} stands for a secret."`
	Form    map[string]Tree  `yaml:"form" doc:"The body as an HTML form sends it. {secret: name} stands for a secret, as in json."`
	GraphQL *GraphQL         `yaml:"graphql" doc:"A GraphQL query, sent with POST."`
	Answer  string           `yaml:"answer" enum:"json,json_lines,csv,xml" doc:"The form of the answer; json unless given."`
	Answers []Rule           `yaml:"answers" doc:"Rules on answers that come before those of the file."`
}

// GraphQL is a query with its variables.
type GraphQL struct {
	Item
	Query     string `yaml:"query" need:"yes" doc:"The query. It is sent as it is; {{ }} means nothing in it."`
	Variables *Tree  `yaml:"variables" doc:"Its variables."`
}

// Rule says what an answer means.
type Rule struct {
	Item
	When       Expression `yaml:"when" need:"yes" doc:"An expression on status, headers and response; the rule matches when it yields true."`
	Is         string     `yaml:"is" need:"yes" enum:"ignore,empty,retry,rate_limited,unavailable,unauthorized,permission,plan,not_found,config" doc:"What such an answer is."`
	Wait       Expression `yaml:"wait" doc:"How long to wait before the next try: seconds, or a moment."`
	Permission string     `yaml:"permission" doc:"The permission that is missing."`
	Message    Text       `yaml:"message" doc:"What a person reads."`
}

// Check is a request that says whose credential it is.
type Check struct {
	Request
	Identity Expression `yaml:"identity" doc:"The account in the answer."`
}

// Stream is a list of records of one kind.
type Stream struct {
	Item
	Request
	Name        string                `yaml:"name" need:"yes" doc:"Lower-case letters, digits, dashes and underscores."`
	Title       string                `yaml:"title" need:"yes" doc:"What a person reads, such as Users."`
	Kind        string                `yaml:"kind" need:"yes" from:"kinds" doc:"The kind of its records; sdk/kind/README.md lists them."`
	Description string                `yaml:"description" doc:"What it holds, in one sentence."`
	Permissions []string              `yaml:"permissions" doc:"The permissions that reading it needs."`
	Auth        Auth                  `yaml:"auth" doc:"How its requests are signed in, where that differs from the auth of the file."`
	Each        *Each                 `yaml:"each" doc:"Read the request once for each item of another list."`
	Concurrency int                   `yaml:"concurrency" doc:"How many requests of each and details run at one moment; unless given, what limits allow in one second."`
	Paging      Paging                `yaml:"paging" doc:"The request for the next page. Without it the first answer is the whole list."`
	Records     Expression            `yaml:"records" need:"yes" doc:"An expression for the list in the answer."`
	Where       Expression            `yaml:"where" doc:"A condition for the items that are records."`
	Key         Expression            `yaml:"key" need:"yes" doc:"An expression for the permanent id of a record."`
	Joins       []Join                `yaml:"joins" doc:"Lists that are read once and complete the records."`
	Details     []Detail              `yaml:"details" doc:"Further requests that complete each record."`
	Fields      map[string]Expression `yaml:"fields" need:"yes" doc:"The fields of the kind, each an expression."`
	Omit        []string              `yaml:"omit" doc:"Keys to leave out of the vendor's own document, which the record keeps. Dots lead into objects and lists of objects."`
	Deletes     string                `yaml:"deletes" enum:"snapshot,never,tombstone" doc:"How a removal shows: by absence from a whole read, never, or by an item of its own."`
	Removed     Expression            `yaml:"removed" doc:"True for an item that says that its record was removed; for deletes: tombstone."`
	Incremental *Incremental          `yaml:"incremental" doc:"Read only what changed since the last run."`
}

// Each repeats a stream's request.
type Each struct {
	Item
	Of    string     `yaml:"of" doc:"The stream whose items it is repeated for."`
	In    Expression `yaml:"in" doc:"A list it is repeated for, from settings or written out."`
	As    string     `yaml:"as" need:"yes" doc:"The name of the item in expressions."`
	Where Expression `yaml:"where" doc:"True for the items it is repeated for."`
}

// Join is a list that is read once and completes the records.
type Join struct {
	Item
	Request
	As         string     `yaml:"as" need:"yes" doc:"The name of what it knows of a record, in expressions."`
	Each       *Each      `yaml:"each" doc:"Read the request once for each item of another list."`
	Paging     Paging     `yaml:"paging" doc:"The request for the next page. Without it the first answer is the whole list."`
	Records    Expression `yaml:"records" need:"yes" doc:"An expression for the list in the answer."`
	By         Expression `yaml:"by" need:"yes" doc:"Which record an item of this list belongs to."`
	Key        Expression `yaml:"key" need:"yes" doc:"The value of by for a record: an expression on the item of the stream."`
	Gives      Expression `yaml:"gives" doc:"What an item gives; the item itself unless given."`
	Many       bool       `yaml:"many" doc:"The result is the list of all items of the record, empty when there are none."`
	Permission string     `yaml:"permission" doc:"The permission that it needs."`
	Optional   bool       `yaml:"optional" doc:"Where the permission or the plan is missing, the result is unknown, and the stream still counts as whole."`
}

// Detail is a request that completes a record.
type Detail struct {
	Item
	Request
	As         string     `yaml:"as" need:"yes" doc:"The name of its result in expressions."`
	Records    Expression `yaml:"records" doc:"The part of the answer that is the result; the whole answer unless given."`
	When       Expression `yaml:"when" doc:"True for the items that it is asked for."`
	Optional   bool       `yaml:"optional" doc:"Where the permission or the plan is missing, the result is unknown, and the stream still counts as whole."`
	Permission string     `yaml:"permission" doc:"The permission that it needs."`
}

// Paging says how to request the next page: at most one of these. Without one the stream has only the first answer.
type Paging struct {
	Item
	Page   *PageNumber `yaml:"page" doc:"Pages have numbers."`
	Offset *PageOffset `yaml:"offset" doc:"A page begins after a number of rows."`
	Token  *PageToken  `yaml:"token" doc:"An answer has the token of the next page."`
	Next   Expression  `yaml:"next" doc:"The address of the next page in the answer; null on the last page."`
	Link   bool        `yaml:"link" doc:"The header Link has the address of the next page."`
}

// Target says where in a request a value of paging is put: one of these.
type Target struct {
	Query    string `yaml:"query" doc:"Into this parameter."`
	JSON     string `yaml:"json" doc:"Into this member of the JSON body; dots lead into members of members."`
	Form     string `yaml:"form" doc:"Into this field of the form."`
	Variable string `yaml:"variable" doc:"Into this variable of the GraphQL query."`
	Header   string `yaml:"header" doc:"Into this header."`
}

// PageSize asks for pages of so many rows. Without a target, the vendor's pages have them unasked.
type PageSize struct {
	Item
	Target
	Value int `yaml:"value" need:"yes" doc:"How many rows a page shall have."`
}

// Ending says how the end of a numbered list is known.
type Ending struct {
	Size        *PageSize  `yaml:"size" doc:"How large pages are asked for."`
	Total       Expression `yaml:"total" doc:"The number of rows in the list, if the answer has it."`
	TotalCounts string     `yaml:"total_counts" doc:"What the total counts when it does not count the rows of this list; it is then not compared."`
	More        Expression `yaml:"more" doc:"True when another page follows."`
	Last        Expression `yaml:"last" doc:"True on the last page, or the number of the last page."`
	Bare        bool       `yaml:"bare_first" doc:"The first page is requested without its number."`
	Stop        string     `yaml:"stop" enum:"empty,short" doc:"empty, the default: the list ends with an empty page. short: also with one that has fewer rows than size."`
}

// PageNumber counts pages until one is empty.
type PageNumber struct {
	Item
	Target
	Ending
	First *int `yaml:"first" doc:"The number of the first page; 1 unless given."`
}

// PageOffset counts rows until a page is empty.
type PageOffset struct {
	Item
	Target
	Ending
	First int `yaml:"first" doc:"The number of the first row; 0 unless given. SCIM begins with 1."`
}

// PageToken sends the token of an answer with the next request.
type PageToken struct {
	Item
	Target
	Size *PageSize  `yaml:"size" doc:"How large pages are asked for."`
	From Expression `yaml:"from" need:"yes" doc:"The token of the next page; null or an empty text on the last page."`
	More Expression `yaml:"more" doc:"False when no page follows, whatever from yields."`
}

// Incremental reads what changed.
type Incremental struct {
	Item
	Cursor  Expression `yaml:"cursor" need:"yes" doc:"When the item last changed."`
	Start   Text       `yaml:"start" need:"yes" doc:"Where the first read begins, such as 2020-01-01T00:00:00Z."`
	Overlap Duration   `yaml:"overlap" doc:"How far before the last change the next read begins; 10m unless given."`
	Window  Duration   `yaml:"window" doc:"The longest time that one request asks for."`
	Format  string     `yaml:"format" doc:"How window.from and window.to are written: rfc3339 (the default), date, unix, unix_ms, or how the vendor writes 2 January 2006, 15:04:05, for example 2006-01-02 15:04:05."`
}

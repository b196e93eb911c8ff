// Package aws simulates AWS as its documentation describes it: the query protocol of STS, IAM, RDS and
// EC2, the JSON protocol of KMS, Organizations, Config and CloudTrail, and the REST protocols of S3,
// GuardDuty and Security Hub. It checks every signature.
//
// A Cloud has the cloud accounts of a company, their users and resources. What the company does not
// have, such as roles, networks and the services that watch, is the same in every account.
package aws

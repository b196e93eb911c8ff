// Package field reads the fields of a vendor's documents. Vendors keep to their documentation less than they say: a number
// stands for a text, a member is missing, another one is new. The package reads what is documented, and leaves the rest
// unknown.
package field

package auth

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// User is a user as the config servers know it.
type User struct {
	Name
	Privileges
	ID    string // changes when the user is made anew
	Roles []Name // its own, and those that come with them
	// Given are the privileges as the config servers say them.
	Given bson.RawValue
	// Restricted users may log in from some addresses only. Members see the
	// router's address, not the client's.
	Restricted bool
}

// Has says whether the user has the role.
func (u *User) Has(role Name) bool {
	for _, r := range u.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// SystemUser is System, who may do everything and is known to no config server.
func SystemUser() *User {
	u := &User{Name: System, Privileges: Privileges{}}
	u.add(anyResource, anyAction)
	return u
}

// Info is the command that asks for a user.
func Info(name Name) bson.D {
	return bson.D{
		{Key: "usersInfo", Value: bson.D{{Key: "user", Value: name.Name}, {Key: "db", Value: name.DB}}},
		{Key: "showPrivileges", Value: true},
	}
}

type info struct {
	Users []struct {
		User         string        `bson:"user"`
		DB           string        `bson:"db"`
		ID           bson.RawValue `bson:"userId"`
		Roles        []role        `bson:"inheritedRoles"`
		Privileges   bson.RawValue `bson:"inheritedPrivileges"`
		Restrictions bson.RawValue `bson:"authenticationRestrictions"`
		Inherited    bson.RawValue `bson:"inheritedAuthenticationRestrictions"`
	} `bson:"users"`
}

type role struct {
	Role string `bson:"role"`
	DB   string `bson:"db"`
}

// ParseUser reads the answer to Info; nil without an error if there is no such
// user.
func ParseUser(reply bsoncore.Document) (*User, error) {
	var found info
	if err := bson.Unmarshal(reply, &found); err != nil {
		return nil, fmt.Errorf("read a user: %w", err)
	}
	if len(found.Users) == 0 {
		return nil, nil
	}
	one := found.Users[0]
	u := &User{Name: Name{one.User, one.DB}, ID: string(one.ID.Value), Given: one.Privileges}
	u.Restricted = !empty(one.Restrictions) || !empty(one.Inherited)
	for _, r := range one.Roles {
		u.Roles = append(u.Roles, Name{r.Role, r.DB})
	}
	var err error
	u.Privileges, err = parsePrivileges(one.Privileges)
	return u, err
}

// empty says whether a list, of lists at most, holds nothing.
func empty(v bson.RawValue) bool {
	list, ok := v.ArrayOK()
	if !ok {
		return v.Type == 0 || v.Type == bson.TypeNull
	}
	values, err := list.Values()
	if err != nil {
		return false
	}
	for _, v := range values {
		if v.Type != bson.TypeArray || !empty(v) {
			return false
		}
	}
	return true
}

// parsePrivileges reads a list of {resource, actions}. A resource that is not
// known allows nothing.
func parsePrivileges(list bson.RawValue) (Privileges, error) {
	var given []struct {
		Resource bson.Raw `bson:"resource"`
		Actions  []string `bson:"actions"`
	}
	if err := list.Unmarshal(&given); err != nil {
		return nil, fmt.Errorf("read privileges: %w", err)
	}
	p := Privileges{}
	for _, one := range given {
		r, ok := ParseResource(bsoncore.Document(one.Resource))
		if !ok {
			continue
		}
		for _, action := range one.Actions {
			p.add(r, action)
		}
	}
	return p, nil
}

// ParseResource reads a resource as commands write it.
func ParseResource(doc bsoncore.Document) (r Resource, ok bool) {
	db, hasDB := doc.Lookup("db").StringValueOK()
	coll, hasColl := doc.Lookup("collection").StringValueOK()
	series, hasSeries := doc.Lookup("system_buckets").StringValueOK()
	whole, _ := doc.Lookup("cluster").BooleanOK()
	all, _ := doc.Lookup("anyResource").BooleanOK()
	switch {
	case all:
		return anyResource, true
	case whole:
		return Cluster, true
	case hasSeries:
		return Resource{kind: buckets, db: db, coll: series}, true
	}
	return Resource{db: db, coll: coll}, hasDB && hasColl
}

// Holder is the database whose administrators may grant and revoke what is
// allowed on the resource.
func (r Resource) Holder() string {
	if r.kind == namespace && r.db != "" {
		return r.db
	}
	return "admin"
}

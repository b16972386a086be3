#include <string>

#include <CLI/CLI.hpp>

#include "ctl/options.hpp"
#include "ctl/verbs.hpp"

namespace berkeley::ctl {
namespace {

constexpr double kLongestExpiryS = 7 * 86'400.0;

void add_config_option(CLI::App& verb, std::string& file, const std::string& help) {
    verb.add_option("--config", file, help)->type_name("FILE")->capture_default_str();
}

void add_init(CLI::App& app, Options& options) {
    InitOptions& init = options.init;
    CLI::App* verb = app.add_subcommand("init", "Make this machine the first node of a cluster");
    verb->add_option("--name", init.cluster, "The cluster's name")
        ->type_name("CLUSTER")
        ->required();
    verb->add_option("--node", init.node, "This node's name; without it, the host name")
        ->type_name("NAME");
    verb->add_option("--address", init.address, "Where the others reach this machine")
        ->type_name("HOST[:PORT]");
    verb->add_option("--expect", init.expect, "How many voting clocks there will be")
        ->type_name("N")
        ->check(whole_number(1, 1000));
    add_config_option(*verb, init.config, "The file to make; key and certificate go beside it");
    verb->callback([&options] {
        options.verb = [&options] { return init_command(options.context, options.init); };
    });
}

void add_invite(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("invite", "Let one node in: prints a token for its join");
    add_voting_flags(*verb, options.invite.votes);
    verb->add_flag("--candidate", options.invite.candidate,
                   "It is to be a candidate: two that come so make three, by themselves");
    add_time(*verb,
             {"--expires", "For how long it is good: 30s, 10m, 1h (the default), 7d", 1,
              kLongestExpiryS},
             options.invite.expires_s);
    verb->callback([&options] {
        if (options.invite.candidate && !options.invite.votes)
            throw CLI::ValidationError("--candidate", "a candidate's clock has a vote");
        options.verb = [&options] { return invite_command(options.context, options.invite); };
    });
}

void add_join(CLI::App& app, Options& options) {
    JoinOptions& join = options.join;
    CLI::App* verb = app.add_subcommand("join", "Make this machine a node, by an invitation");
    CLI::Option* token = verb->add_option(
        "TOKEN", join.token, "What invite printed; without it, it is read from standard input");
    token->type_name("");
    verb->add_option("--file", join.file, "Read the token from this file")
        ->type_name("FILE")
        ->excludes(token);
    verb->add_option("--node", join.node, "This node's name; without it, the host name")
        ->type_name("NAME");
    add_config_option(*verb, join.config, "The file to make; key and certificate go beside it");
    verb->callback([&options] {
        options.verb = [&options] { return join_command(options.context, options.join); };
    });
}

void add_revoke(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("revoke", "End a node's membership, for good");
    verb->add_option("NODE", options.revoked, "Its name, or its public key")
        ->type_name("")
        ->required();
    verb->callback([&options] {
        options.verb = [&options] { return revoke_command(options.context, options.revoked); };
    });
}

void add_promote(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("promote", "Make a member a candidate; on the master");
    verb->add_option("NODE", options.promote.node, "Its name")->type_name("")->required();
    verb->add_option("--address", options.promote.address,
                     "Where the others reach it; without it, where this node does")
        ->type_name("HOST[:PORT]");
    verb->callback([&options] {
        options.verb = [&options] { return promote_command(options.context, options.promote); };
    });
}

void add_retire(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("retire", "Make a candidate one no more; on the master");
    verb->add_option("CANDIDATE", options.retire.node, "Its name")->type_name("")->required();
    verb->add_flag("--distrust", options.retire.distrust,
                   "What it certified holds no more: its key is in other hands");
    verb->add_flag("--force", options.retire.force, "Also where members are lost by that");
    verb->callback([&options] {
        options.verb = [&options] { return retire_command(options.context, options.retire); };
    });
}

void add_key(CLI::App& app, Options& options) {
    CLI::App* verb =
        app.add_subcommand("key", "Make a node's key and print its public half; never overwrites");
    verb->add_option("FILE", options.key.file, "The file to make, mode 0600")
        ->type_name("")
        ->capture_default_str();
    verb->add_flag("--public", options.key.only_public,
                   "Make none: print the public half of the key in FILE");
    verb->callback([&options] {
        options.verb = [&options] { return key_command(options.context, options.key); };
    });
}

void add_certify(CLI::App& app, Options& options) {
    CertifyOptions& certify = options.certify;
    CLI::App* verb = app.add_subcommand(
        "certify", "Print a certificate, where other tools bring keys to the nodes");
    verb->add_option("NAME", certify.name, "The node's name")->type_name("")->required();
    verb->add_option("KEY", certify.key, "Its public key")->type_name("")->required();
    add_voting_flags(*verb, certify.votes);
    add_config_option(*verb, certify.config, "The configuration of this candidate");
    verb->callback([&options] {
        options.verb = [&options] { return certify_command(options.context, options.certify); };
    });
}

}  // namespace

void add_membership_verbs(CLI::App& app, Options& options) {
    add_init(app, options);
    add_invite(app, options);
    add_join(app, options);
    add_revoke(app, options);
    add_verb(app, options, "candidates", "The nodes that may be master", candidates_command);
    add_promote(app, options);
    add_retire(app, options);
    add_verb(app, options, "invitations", "Invitations that are still good, on a candidate",
             invitations_command);
    add_verb(app, options, "enrolled", "The nodes that this candidate has let in",
             enrolled_command);
    add_key(app, options);
    add_certify(app, options);
}

}  // namespace berkeley::ctl

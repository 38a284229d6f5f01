//! Commands and their mounts.

use buildkit_proto::pb;
use serde_json::{Value, json};

use super::{index, name, object, other_name, text};

pub(super) fn op(exec: &pb::ExecOp) -> Value {
    let meta = exec.meta.clone().unwrap_or_default();
    let hosts = meta.extra_hosts.iter().map(|host| json!({ "host": host.host, "ip": host.ip }));
    let limits = meta.ulimit.iter().map(|one| json!({ "name": one.name, "soft": one.soft, "hard": one.hard }));
    let secrets = exec.secretenv.iter().map(|secret| {
        object([("id", text(&secret.id)), ("name", text(&secret.name)), ("optional", secret.optional.into())])
    });
    let devices = exec
        .cdi_devices
        .iter()
        .map(|device| object([("name", text(&device.name)), ("optional", device.optional.into())]));
    object([
        ("args", meta.args.into()),
        ("env", meta.env.into()),
        ("cwd", text(&meta.cwd)),
        ("user", text(&meta.user)),
        ("proxyEnv", meta.proxy_env.as_ref().map(proxy).into()),
        ("extraHosts", hosts.collect()),
        ("hostname", text(&meta.hostname)),
        ("ulimit", limits.collect()),
        ("cgroupParent", text(&meta.cgroup_parent)),
        ("removeMountStubsRecursive", meta.remove_mount_stubs_recursive.into()),
        ("validExitCodes", meta.valid_exit_codes.into()),
        ("network", other_name(exec.network, pb::NetMode::as_str_name)),
        ("security", other_name(exec.security, pb::SecurityMode::as_str_name)),
        ("mounts", exec.mounts.iter().map(mount).collect()),
        ("secretEnv", secrets.collect()),
        ("devices", devices.collect()),
    ])
}

fn proxy(proxy: &pb::ProxyEnv) -> Value {
    object([
        ("httpProxy", text(&proxy.http_proxy)),
        ("httpsProxy", text(&proxy.https_proxy)),
        ("ftpProxy", text(&proxy.ftp_proxy)),
        ("noProxy", text(&proxy.no_proxy)),
        ("allProxy", text(&proxy.all_proxy)),
    ])
}

fn mount(mount: &pb::Mount) -> Value {
    let cache = |cache: &pb::CacheOpt| json!({ "id": cache.id, "sharing": name(cache.sharing, pb::CacheSharingOpt::as_str_name) });
    let owned = |id: &str, [uid, gid, mode]: [u32; 3], optional: bool| {
        let mode = format!("{mode:04o}").into();
        object([
            ("id", text(id)),
            ("uid", uid.into()),
            ("gid", gid.into()),
            ("mode", mode),
            ("optional", optional.into()),
        ])
    };
    let secret = mount.secret_opt.as_ref().map(|one| owned(&one.id, [one.uid, one.gid, one.mode], one.optional));
    let ssh = mount.ssh_opt.as_ref().map(|one| owned(&one.id, [one.uid, one.gid, one.mode], one.optional));
    object([
        ("type", name(mount.mount_type, pb::MountType::as_str_name)),
        ("dest", text(&mount.dest)),
        ("input", index(mount.input)),
        ("selector", text(&mount.selector)),
        ("output", index(mount.output)),
        ("readonly", mount.readonly.into()),
        ("tmpfs", mount.tmpfs_opt.as_ref().map(|tmpfs| json!({ "size": tmpfs.size })).into()),
        ("cache", mount.cache_opt.as_ref().map(cache).into()),
        ("secret", secret.into()),
        ("ssh", ssh.into()),
        ("resultId", text(&mount.result_id)),
        ("contentCache", other_name(mount.content_cache, pb::MountContentCache::as_str_name)),
    ])
}

#[cfg(test)]
mod tests {
    use buildkit_proto::pb;
    use serde_json::json;

    use super::op;

    #[test]
    fn commands() {
        let meta = pb::Meta {
            args: vec!["sh".to_owned(), String::new(), "curl https://host".to_owned()],
            env: vec!["A=https://host".to_owned()],
            cwd: "/".to_owned(),
            proxy_env: Some(pb::ProxyEnv { http_proxy: "http://proxy".to_owned(), ..pb::ProxyEnv::default() }),
            extra_hosts: vec![pb::HostIp { host: "h".to_owned(), ip: "::1".to_owned() }],
            ulimit: vec![pb::Ulimit { name: "nofile".to_owned(), soft: 1, hard: -1 }],
            valid_exit_codes: vec![0, 3],
            ..pb::Meta::default()
        };
        let none = pb::Mount { input: -1, output: -1, ..pb::Mount::default() };
        let mounts = vec![
            pb::Mount { dest: "/".to_owned(), ..pb::Mount::default() },
            pb::Mount {
                dest: "/cache".to_owned(),
                mount_type: 3,
                cache_opt: Some(pb::CacheOpt { id: "pip".to_owned(), sharing: 2 }),
                ..none.clone()
            },
            pb::Mount {
                mount_type: 1,
                readonly: true,
                secret_opt: Some(pb::SecretOpt { id: "netrc".to_owned(), uid: 1, gid: 2, mode: 0o400, optional: true }),
                ..none.clone()
            },
            pb::Mount {
                mount_type: 2,
                ssh_opt: Some(pb::SshOpt { id: "default".to_owned(), mode: 0o600, ..pb::SshOpt::default() }),
                ..none.clone()
            },
            pb::Mount { mount_type: 4, tmpfs_opt: Some(pb::TmpfsOpt { size: 7 }), content_cache: 2, ..none.clone() },
            // of a later version
            pb::Mount { mount_type: 99, content_cache: 98, ..none },
        ];
        let exec = pb::ExecOp {
            meta: Some(meta),
            mounts,
            network: 2,
            security: 1,
            secretenv: vec![pb::SecretEnv { id: "i".to_owned(), name: "N".to_owned(), optional: false }],
            cdi_devices: vec![pb::CdiDevice { name: "d".to_owned(), optional: true }],
        };
        assert_eq!(
            op(&exec),
            json!({
                "args": ["sh", "", "curl https://host"],
                "env": ["A=https://host"],
                "cwd": "/",
                "proxyEnv": { "httpProxy": "http://proxy" },
                "extraHosts": [{ "host": "h", "ip": "::1" }],
                "ulimit": [{ "name": "nofile", "soft": 1, "hard": -1 }],
                "validExitCodes": [0, 3],
                "network": "none",
                "security": "insecure",
                "mounts": [
                    { "type": "bind", "dest": "/", "input": 0, "output": 0 },
                    { "type": "cache", "dest": "/cache", "cache": { "id": "pip", "sharing": "locked" } },
                    {
                        "type": "secret", "readonly": true,
                        "secret": { "id": "netrc", "uid": 1, "gid": 2, "mode": "0400", "optional": true },
                    },
                    { "type": "ssh", "ssh": { "id": "default", "uid": 0, "gid": 0, "mode": "0600" } },
                    { "type": "tmpfs", "tmpfs": { "size": 7 }, "contentCache": "off" },
                    { "type": 99, "contentCache": 98 },
                ],
                "secretEnv": [{ "id": "i", "name": "N" }],
                "devices": [{ "name": "d", "optional": true }],
            })
        );
    }
}

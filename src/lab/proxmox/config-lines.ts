import { bool, configIds, dnsName, integer, like, number, oneOf, type Parameters, storage, text } from './parameter.ts';

/** Lines that a guest's configuration may have, as the API takes them. */

const ARCHITECTURES = ['amd64', 'i386', 'arm64', 'armhf', 'riscv32', 'riscv64'];
const WINDOWS = ['wxp', 'w2k', 'w2k3', 'w2k8', 'wvista', 'win7', 'win8', 'win10', 'win11'];
const KEYBOARDS =
  'de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr'.split(' ');
const QEMU_LOCKS = 'backup clone create migrate rollback snapshot snapshot-delete suspending suspended'.split(' ');
const LXC_LOCKS = 'backup create destroyed disk fstrim migrate mounted rollback snapshot snapshot-delete'.split(' ');

const flags = (names: string): Parameters => Object.fromEntries(names.split(' ').map((name) => [name, bool]));
const texts = (names: string): Parameters => Object.fromEntries(names.split(' ').map((name) => [name, text()]));

export const QEMU_LINES: Parameters = {
  ...flags('acpi allow-ksm autostart ciupgrade freeze keephugepages kvm localtime numa onboot protection reboot'),
  ...flags('tablet tdf template'),
  ...texts('affinity agent amd-sev args audio0 boot cdrom cicustom cipassword ciuser cpu efidisk0 hookscript hotplug'),
  ...texts('intel-tdx ivshmem machine memory nameserver rng0 searchdomain spice_enhancements sshkeys startup tags'),
  ...texts('tpmstate0 vga watchdog'),
  ...texts('hostpci[n] ide[n] ipconfig[n] net[n] numa[n] sata[n] scsi[n] unused[n] usb[n] virtio[n] virtiofs[n]'),
  arch: oneOf('x86_64', 'aarch64'),
  balloon: integer(0),
  bios: oneOf('seabios', 'ovmf'),
  bootdisk: like(/^(ide|sata|scsi|virtio)\d+$/),
  citype: oneOf('configdrive2', 'nocloud', 'opennebula'),
  cores: integer(1),
  cpulimit: number(0, 128),
  cpuunits: integer(1, 262_144),
  description: text(8192),
  hugepages: oneOf('any', '2', '1024'),
  keyboard: oneOf(...KEYBOARDS),
  lock: oneOf(...QEMU_LOCKS),
  migrate_downtime: number(0),
  migrate_speed: integer(0),
  name: dnsName,
  ostype: oneOf('other', ...WINDOWS, 'l24', 'l26', 'solaris'),
  'parallel[n]': like(/^(\/dev\/parport\d+|\/dev\/usb\/lp\d+)$/),
  scsihw: oneOf('lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'),
  'serial[n]': like(/^(\/dev\/[^,]+|socket)$/),
  shares: integer(0, 50_000),
  smbios1: text(512),
  smp: integer(1),
  sockets: integer(1),
  startdate: like(/^(now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?)$/),
  vcpus: integer(1),
  vmgenid: like(/^([a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])$/),
  vmstatestorage: storage,
};

export const LXC_LINES: Parameters = {
  ...flags('console debug onboot protection template unprivileged'),
  ...texts('features hookscript nameserver rootfs searchdomain startup tags timezone env entrypoint'),
  ...texts('dev[n] mp[n] net[n] unused[n]'),
  arch: oneOf(...ARCHITECTURES),
  cmode: oneOf('shell', 'console', 'tty'),
  cores: integer(1, 8192),
  cpulimit: number(0, 8192),
  cpuunits: integer(0, 500_000),
  description: text(8192),
  hostname: { ...dnsName, maxLength: 255 },
  lock: oneOf(...LXC_LOCKS),
  memory: integer(16),
  ostype: oneOf(...'debian devuan ubuntu centos fedora opensuse archlinux alpine gentoo nixos unmanaged'.split(' ')),
  swap: integer(0),
  tty: integer(0, 6),
};

/** Of a change of either kind. */
export const CHANGE: Parameters = { delete: configIds, digest: text(40), revert: configIds };

/** Lines that a token, and every user but root@pam, is refused. */
export const ROOT_ONLY: ReadonlySet<string> = new Set(['args', 'hookscript', 'lock']);

/** Changed while it runs, the rest waits for a restart. */
const HOT =
  /^(name|hostname|description|tags|onboot|protection|startup|hookscript|unused\d+|net\d+|ipconfig\d+|delete)$/;
export const isHot = (line: string): boolean => HOT.test(line);

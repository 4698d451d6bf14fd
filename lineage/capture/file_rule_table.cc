// The first rule that matches a path says its class, so that the order is part of the meaning.

#include "lineage/capture/file_rule_table.h"

namespace reprise::capture {
namespace {

using enum lineage::FileClass;

constexpr BuiltInRules kRules[] = {
    // What is no file of a disk.
    {kScratch, "shared memory", "/dev/shm/ /run/shm/"},
    {kKernel, "made up by the kernel when it is read", "/proc/ /sys/"},
    {kDevice, "devices", "/dev/"},
    // Secrets that have a place of their own.
    {kSecret, "credentials of clouds",
     "**/.aws/ **/.azure/ **/.oci/ **/.config/gcloud/ **/.boto **/.s3cfg **/.config/rclone/ "
     "**/.databrickscfg **/.snowflake/ **/.modal.toml **/.terraform.d/credentials.tfrc.json"},
    {kSecret, "keys and logins of a user",
     "**/.ssh/ **/.gnupg/ **/.netrc **/_netrc **/.password-store/ **/.vault-token "
     "**/.local/share/keyrings/ **/.Xauthority **/.ICEauthority /tmp/krb5cc_*"},
    {kSecret, "access to clusters and registries",
     "**/.kube/ **/.docker/config.json **/.config/containers/auth.json <home>/.npmrc "
     "<home>/.yarnrc.yml <home>/.pypirc <home>/.config/pypoetry/auth.toml "
     "<home>/.cargo/credentials <home>/.cargo/credentials.toml <home>/.gem/credentials "
     "<home>/.m2/settings.xml <home>/.gradle/gradle.properties"},
    {kSecret, "access to code",
     "**/.git-credentials <home>/.config/git/credentials **/.config/gh/hosts.yml **/.config/hub "
     "**/.config/glab-cli/"},
    {kSecret, "access to models and experiments",
     "**/huggingface/token **/huggingface/stored_tokens **/.huggingface/token "
     "**/.kaggle/kaggle.json **/.config/kaggle/kaggle.json **/.cdsapirc <home>/.comet.config "
     "<home>/.mlflow/credentials <home>/.config/wandb/"},
    {kSecret, "access to databases", "**/.pgpass **/.my.cnf **/.mylogin.cnf **/.dbt/profiles.yml"},
    {kSecret, "cookies and passwords of browsers",
     "<home>/.mozilla/ <home>/.config/google-chrome/ <home>/.config/chromium/"},
    {kSecret, "secrets of the machine",
     "/etc/shadow* /etc/gshadow* /etc/ssl/private/ /etc/ssh/*_key /etc/krb5.keytab "
     "/etc/NetworkManager/system-connections/ /etc/wpa_supplicant/ /etc/letsencrypt/ "
     "/run/secrets/ /run/credentials/"},
    // Computed from other files, wherever it lies.
    {kCache, "byte code of Python", "**/__pycache__/ **/*.pyc **/*.pyo"},
    {kCache, "made by compilers of kernels",
     "**/.nv/ **/.triton/ /tmp/torchinductor_*/ <tmp>/torchinductor_*/ **/*.nbi **/*.nbc "
     "<home>/.ccache/ <home>/.cupy/"},
    {kCache, "where libraries and fonts lie", "/etc/ld.so.cache /var/cache/ **/.fontconfig/"},
    {kCache, "of tools",
     "**/.ipynb_checkpoints/ **/.mypy_cache/ **/.pytest_cache/ **/.ruff_cache/"},
    // Packages, wherever they lie, in the project too.
    {kSystem, "packages of Python", "**/site-packages/ **/dist-packages/ **/lib/python[23].*/"},
    {kSystem, "environments of packages",
     "**/.venv/ **/pyvenv.cfg **/.conda/ **/conda-meta/ **/.pixi/ **/.tox/ **/.nox/"},
    {kSystem, "packages of JavaScript, R and Julia",
     "**/node_modules/ **/renv/library/ <home>/R/*-library/ <home>/.julia/"},
    // Secrets by their names.  A certificate is none: ".pem" alone says nothing.
    {kSecret, "named as private keys are",
     "**/id_rsa **/id_dsa **/id_ecdsa **/id_ed25519 **/*.key **/*.p12 **/*.pfx **/*.ppk **/*.jks "
     "**/*.kdbx **/key.pem **/privkey*.pem **/*-key.pem **/*_key.pem **/*.key.pem"},
    {kSecret, "named as keys of services are",
     "**/service-account*.json **/service_account*.json **/application_default_credentials.json "
     "**/client_secret*.json"},
    {kCode, "tells which variables are wanted, without values",
     "<project>/**/.env.example <project>/**/.env.sample <project>/**/.env.template "
     "<project>/**/.env.dist"},
    {kSecret, "variables that often are credentials",
     "**/.env **/.env.* **/.envrc <project>/**/.streamlit/secrets.toml"},
    // The project, wherever it lies.  Of what follows, that which lies in it comes first.
    {kCode, "code if git knows it or [code] names it, else data; data if named so", "<project>/"},
    {kScratch, "for temporary files", "<tmp>/ /tmp/ /var/tmp/ /run/user/*/"},
    // The home folder.
    {kData, "models and data sets that libraries downloaded",
     "<home>/.cache/huggingface/ <home>/.cache/torch/hub/ "
     "<home>/.cache/torch/sentence_transformers/ <home>/.cache/torch/pyg/ "
     "<home>/.cache/modelscope/ <home>/.cache/kagglehub/ <home>/.cache/whisper/ "
     "<home>/.cache/clip/ <home>/.cache/openml/ <home>/.cache/seaborn/ <home>/.cache/scipy-data/ "
     "<home>/.cache/scikit-image/ <home>/.cache/ultralytics/ <home>/.keras/datasets/ "
     "<home>/.keras/models/ <home>/.insightface/ <home>/.EasyOCR/ <home>/.paddleocr/ "
     "<home>/.u2net/ <home>/.mxnet/ <home>/.openml/ <home>/.fastai/ <home>/.ollama/models/ "
     "<home>/.dgl/"},
    {kCache, "of the user's programs", "<home>/.cache/"},
    {kSystem, "programs and libraries of the user",
     "<home>/.local/bin/ <home>/.local/lib/ <home>/.local/lib64/ <home>/.local/include/ "
     "<home>/.local/opt/ <home>/.local/share/uv/ <home>/.local/share/pipx/ "
     "<home>/.local/share/virtualenvs/ <home>/.local/share/mamba/ <home>/.local/share/conda/ "
     "<home>/bin/ <home>/anaconda3/ <home>/miniconda3/ <home>/miniforge3/ <home>/mambaforge/ "
     "<home>/micromamba/ <home>/.pyenv/ <home>/.nvm/ <home>/.asdf/ <home>/.sdkman/ "
     "<home>/.rustup/ <home>/.cargo/ <home>/go/pkg/ <home>/.deno/ <home>/.bun/ "
     "<home>/.npm-global/ <home>/.nix-profile <home>/.guix-profile <home>/.linuxbrew/ "
     "<home>/.spack/"},
    {kData, "kept by the user's programs", "<home>/.local/share/"},
    {kConfiguration, "of the user", "<home>/.config/ <home>/.local/ <home>/.*/"},
    // The machine.
    {kSystem, "programs and libraries of the machine",
     "/usr/ /bin/ /sbin/ /lib/ /lib32/ /lib64/ /libx32/ /opt/ /boot/ /etc/alternatives/ "
     "/var/lib/dpkg/ /var/lib/rpm/"},
    {kSystem, "other managers of packages",
     "/nix/ /gnu/store/ /snap/ /var/lib/snapd/ /var/lib/flatpak/ /home/linuxbrew/ /sw/ /cvmfs/"},
    {kConfiguration, "of the machine", "/etc/ /run/ /var/run"},
    {kData, "everything else", "/"},
};

constexpr BuiltInNames kCodeNames[] = {
    {"sources",
     "*.py *.pyi *.pyx *.pxd *.pxi *.c *.h *.cc *.cpp *.cxx *.c++ *.hh *.hpp *.hxx *.h++ *.inl "
     "*.ipp *.tpp *.inc *.cu *.cuh *.hip *.cl *.ptx *.metal *.glsl *.s *.S *.asm *.f *.F *.f77 "
     "*.f90 *.F90 *.f95 *.f03 *.f08 *.for *.pas *.adb *.ads *.zig *.nim *.v *.sv *.vhd *.rs *.go "
     "*.java *.kt *.kts *.scala *.groovy *.clj *.cljs *.swift *.m *.mm *.cs *.fs *.fsx *.vb *.r "
     "*.R *.jl *.stan *.do *.ado *.sas *.sps *.js *.mjs *.cjs *.jsx *.ts *.mts *.cts *.tsx *.vue "
     "*.svelte *.html *.css *.scss *.lua *.pl *.pm *.rb *.php *.tcl *.hs *.lhs *.ml *.mli *.ex "
     "*.exs *.erl *.hrl *.el *.lisp *.scm *.rkt *.lean *.dart *.sql *.proto *.thrift *.fbs "
     "*.capnp *.graphql *.y *.l *.g4"},
    {"notebooks", "*.ipynb *.Rmd *.Rnw *.qmd *.mlx"},
    {"scripts",
     "*.sh *.bash *.zsh *.fish *.csh *.ksh *.ps1 *.bat *.cmd *.awk *.sed *.gp *.gnuplot *.smk "
     "*.nf *.wdl *.cwl"},
    {"build files",
     "CMakeLists.txt *.cmake *.cmake.in *.h.in Makefile makefile GNUmakefile Makefile.* *.mk "
     "*.mak *.make *.am *.ac *.m4 configure configure.in meson.build meson_options.txt "
     "meson.options *.ninja *.bzl *.bazel BUILD WORKSPACE *.gradle *.gn *.gni *.sbt *.cabal "
     "*.nix SConstruct SConscript Snakefile Justfile justfile Rakefile Jenkinsfile Vagrantfile "
     "Procfile Dockerfile Dockerfile.* *.dockerfile Containerfile MANIFEST.in py.typed"},
    {"dependencies",
     "requirements*.txt requirements*.in constraints*.txt Pipfile Gemfile DESCRIPTION NAMESPACE "
     "go.mod go.sum package.json package-lock.json composer.json poetry.lock uv.lock pixi.lock "
     "Pipfile.lock Cargo.lock Gemfile.lock flake.lock yarn.lock .python-version .tool-versions"},
    {"configuration",
     "*.toml *.yaml *.yml *.ini *.cfg *.conf *.config *.properties *.gin *.jsonnet *.libsonnet "
     "*.hcl *.tf *.dhall *.cue config.json *_config.json *.config.json CMakePresets.json "
     "tsconfig*.json pyrightconfig.json .flake8 .pylintrc .coveragerc .editorconfig "
     ".clang-format .clang-tidy .Rprofile .gitignore .gitattributes .gitmodules .dockerignore "
     ".dvcignore .repriseignore"},
    {"templates", "*.j2 *.jinja *.jinja2 *.tmpl *.template *.mustache"},
    {"texts that are kept with code",
     "*.md *.rst *.adoc *.tex *.bib *.sty *.cls LICENSE LICENCE COPYING README NOTICE AUTHORS"},
};

// In small letters, and meant in any.  No names of texts that configure as often as they are data
// (*.json, *.xml, *.txt).
constexpr BuiltInNames kDataNames[] = {
    {"tables",
     "*.csv *.tsv *.csv.gz *.tsv.gz *.csv.bz2 *.csv.xz *.csv.zst *.parquet *.feather *.arrow "
     "*.orc *.avro *.jsonl *.ndjson *.jsonl.gz *.arff *.libsvm *.svmlight *.xls *.xlsx *.ods "
     "*.dta *.sav *.sas7bdat *.xpt *.rds *.rda *.rdata"},
    {"arrays, tensors and models",
     "*.npy *.npz *.safetensors *.h5 *.hdf5 *.mat *.nc *.pt *.pth *.ckpt *.onnx *.gguf *.tflite "
     "*.tfrecord *.pkl *.pickle *.joblib"},
    {"databases", "*.sqlite *.sqlite3 *.db *.duckdb *.mdb"},
    {"pictures, sound and film",
     "*.jpg *.jpeg *.png *.gif *.bmp *.tif *.tiff *.webp *.dcm *.nii *.nii.gz *.wav *.flac *.mp3 "
     "*.ogg *.mp4 *.avi *.mkv *.mov"},
};

}  // namespace

std::span<const BuiltInRules> BuiltInFileRules() { return kRules; }

std::span<const BuiltInNames> BuiltInCode() { return kCodeNames; }

std::span<const BuiltInNames> BuiltInData() { return kDataNames; }

}  // namespace reprise::capture
